"""What the endpoints are asked, as plain data: made by whoever speaks HTTP, read by the endpoints."""

from dataclasses import dataclass

from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """
    A form that a client posts: to the token, introspection or revocation endpoint.

    *authorization* is the header's value or None; *network* the caller's address, for the audit log.
    """

    parameters: Parameters
    authorization: str | None = None
    network: str = ""


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """
    A request that a person's browser carries.

    *session* and *browser* are the cookies' values: who is signed in, and which browser this is.
    """

    parameters: Parameters
    session: Secret | None = None
    browser: Secret | None = None
    network: str = ""
