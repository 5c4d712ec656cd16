"""
What a decision can say.

At the token endpoint: `Issue`, `Refuse`, or an `OAuthError` raised. At the authorization endpoint:
`Interact`, `Redirect`, `ErrorPage`. All are values: making one does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.records import Client, Grant, Person, Step
from authwright.authorization_server.target import Target
from authwright.authorization_server.writes import Write
from authwright.oauth.errors import OAuthError
from authwright.oauth.redirect_uri import add_parameters
from authwright.oauth.types import Secret


@dataclass(frozen=True, slots=True)
class Issue:
    """
    Yes. *target* is what the access token is for; *grant* and *person* are None for client_credentials.

    *writes* carry the guard that makes the yes happen once.
    """

    client: Client
    target: Target
    grant: Grant | None = None
    person: Person | None = None
    nonce: str | None = None
    refreshable: bool = False
    event: EventKind | None = None
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """A no that must be remembered: *writes* are committed, then *error* is answered."""

    error: OAuthError
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Interact:
    """
    A page is needed first. *interaction* is the secret that names the request in progress, for the URL of
    the page; it works only in the browser that began it.
    """

    step: Step
    interaction: Secret


@dataclass(frozen=True, slots=True)
class Redirect:
    """
    An authorization response, :rfc:`6749#section-4.1.2`, to a redirect URI that was proven.

    Made only by `authwright.authorization_server.authorization_request.ProvenRequest`. *refusal* is the error
    that *parameters* tell of, with the detail that they do not: for the log.
    """

    redirect_uri: str
    parameters: Mapping[str, str]
    refusal: OAuthError | None = None

    @property
    def location(self) -> str:
        """The value of the ``Location`` header."""
        return add_parameters(self.redirect_uri, self.parameters.items())


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """
    The person is told, and nobody is redirected: the client or the redirect URI is not proven.

    :rfc:`6749#section-4.1.2.1`.
    """

    error: OAuthError
