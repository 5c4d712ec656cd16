"""Two fields for a new password, and why what stands in them will not do."""

from markupsafe import Markup, escape

from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.web.messages import Messages
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret

NEW = "new_password"
REPEATED = "new_password_again"


class NewPasswordProblem(Exception):
    """*problem* tells the person what to change, and holds nothing of what they typed."""

    def __init__(self, problem: Markup) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_new_password(form: Parameters, messages: Messages) -> Secret:
    """The password that was typed twice. Whether it is strong enough is asked later. Raises."""
    if NEW not in form or REPEATED not in form:
        raise NewPasswordProblem(messages("password.missing"))
    if form[NEW] != form[REPEATED]:
        raise NewPasswordProblem(messages("password.different"))
    return Secret(form[NEW])


def advice(refused: PasswordRefused) -> NewPasswordProblem:
    """The refusal of the password rules in their own words."""
    return NewPasswordProblem(escape(refused.advice))
