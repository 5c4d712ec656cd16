"""Two fields for a new password, and why what stands in them will not do."""

from typing import Final, Literal

from markupsafe import Markup, escape

from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.web.messages import Messages
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret

NEW: Final = "new_password"
REPEATED: Final = "new_password_again"

Field = Literal["username", "password", "new_password"]


class FormProblem(Exception):
    """What was typed *at* a field will not do; *problem* says what to change, and repeats nothing of it."""

    def __init__(self, problem: Markup, at: Field) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.at: Field = at

    @classmethod
    def of(cls, refused: PasswordRefused) -> "FormProblem":
        """The refusal of the password rules, which know their own words."""
        return cls(escape(refused.advice), "new_password")


def read_new_password(form: Parameters, messages: Messages) -> Secret:
    """The password that was typed twice; whether it is strong enough is asked later. Raises `FormProblem`."""
    if NEW not in form or REPEATED not in form:
        raise FormProblem(messages("password.missing"), "new_password")
    if form[NEW] != form[REPEATED]:
        raise FormProblem(messages("password.different"), "new_password")
    return Secret(form[NEW])
