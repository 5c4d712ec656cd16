"""What an answer may be while things break: the one expected, or an honest 503."""

from http import HTTPStatus

from drills.connection import Answer, Unanswered


class Unavailable(Unanswered):
    """503 with ``Retry-After``: the server says that it cannot, and promises nothing."""


class WrongAnswer(Exception):
    """An answer that nobody may get: a 5xx, a refusal of what is good, an acceptance of what is not."""

    def __init__(self, asked: str, answer: Answer) -> None:
        # The body of an error names no secret; that of a page would be long.
        said = answer.body[:200].decode("utf-8", "replace") if answer.body[:1] == b"{" else ""
        super().__init__(f"{asked}: {answer.status} {said}")


def served(answer: Answer) -> Answer:
    """*answer*, if the server could serve. Raises `Unavailable`, and `WrongAnswer` for any other 5xx."""
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and (answer.header("retry-after") or "").isdecimal():
        raise Unavailable("503")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WrongAnswer("anything", answer)
    return answer
