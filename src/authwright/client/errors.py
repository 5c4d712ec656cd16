"""
What a client raises, by whose fault it is.

`ErrorResponse`: the server understood, and refused. `InvalidResponse`: the server broke its specification, or
somebody pretends to be it. `InvalidCallback`: the browser brought what does not belong to the login at hand.
`InvalidStoredValue`: the session did. `NotOffered`: the application asked for what this server does not have.
When the server cannot be reached, `authwright.transport.TransportError` passes through as it is.
"""

from typing import Final

from typing_extensions import override

from .problems import Problem

MAX_SHOWN: Final = 200
"""Characters of a received value that ``str`` shows."""


class ClientError(Exception):
    """
    A problem of the table, met. ``str`` is for the log: one line, what was wrong, why, and what to change.

    *detail* is the constant sentence that says which check refused. *received* and *expected* are public
    values such as an issuer or a status; never a code, a token or a secret.
    """

    def __init__(
        self, problem: Problem, *, detail: str | None = None, received: object = None, expected: object = None
    ) -> None:
        super().__init__(detail or problem.description)
        self.problem = problem
        self.detail = detail or problem.description
        self.received = received
        self.expected = expected

    @property
    def code(self) -> str:
        """``AW2nn``, under which the reference explains the problem."""
        return self.problem.code

    @override
    def __str__(self) -> str:
        facts = "".join(
            f"; {name} {_shown(value)}"
            for name, value in (("received", self.received), ("expected", self.expected))
            if value is not None
        )
        problem = self.problem
        return f"{problem.code} {self.detail.rstrip('.')}{facts}. {problem.likely_cause} {problem.change}"


class ErrorResponse(ClientError):
    """
    The server's refusal. :rfc:`6749#section-4.1.2.1`, :rfc:`6749#section-5.2`, :rfc:`6750#section-3`.

    *error* is the code, made of printable ASCII. *error_description* is the server's own text, for a person
    to read: input like any other, to be escaped on a page. *status* is None where the refusal came through
    the browser.
    """

    def __init__(
        self, problem: Problem, error: str, *, error_description: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(problem, received=error)
        self.error = error
        self.error_description = error_description
        self.status = status


class InvalidResponse(ClientError):
    """The response cannot be trusted or understood. Nothing of it may be used."""


class InvalidCallback(ClientError):
    """What the browser brought does not belong to this login. Answer 400, and let the person begin again."""


class InvalidStoredValue(ClientError):
    """What the session or cookie held is of no use here. Forget it, and let the person begin again."""


class NotOffered(ClientError):
    """The server's metadata does not have what this operation needs."""


def _shown(value: object) -> str:
    # ascii() escapes line breaks and terminal sequences, so no received value can forge a line of the log.
    written = ascii(value)
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]}..."
