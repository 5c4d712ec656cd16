"""
What is raised about a value that came neither in a request nor in a token we answer for.

A server that refuses a *request* raises an `authwright.oauth.errors.OAuthError`, because there is somebody
to answer. A document fetched from another party, a response, or a value in a configuration has no such
code: it is `InvalidValue`, and whoever read it says whose fault that is.
"""


class InvalidValue(ValueError):
    """
    A value breaks the specification of its kind.

    *detail* is a constant sentence, unique in the code base, and never holds what was read.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
