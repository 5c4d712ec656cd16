"""The app that asks, as login and consent show it to the person."""

from dataclasses import dataclass

from authwright.authorization_server.authorization_request import ProvenRequest
from authwright.authorization_server.records import Client
from authwright.idp.web.headers import is_web_address
from authwright.idp.web.initial import initial
from authwright.oauth.uri import parse_uri


@dataclass(frozen=True, slots=True)
class AskingClient:
    """Names and links of a client. Links that are no web addresses are None, whatever was registered."""

    name: str
    initial: str
    logo: str | None
    about: str | None
    policy: str | None
    terms: str | None

    @property
    def images(self) -> tuple[str, ...]:
        """For `page_headers`."""
        return () if self.logo is None else (self.logo,)


@dataclass(frozen=True, slots=True)
class Destination:
    """
    Where the answer goes: *host* as people know it. *on_device*: an app on this machine answers there, so
    any program may be the one that asks, and the name proves nothing (:rfc:`8252#section-8.6`).
    """

    host: str
    on_device: bool


def asking_client(client: Client) -> AskingClient:
    """*client* for a page."""
    name = client.client_name or client.client_id
    return AskingClient(
        name=name,
        initial=initial(name),
        logo=_link(client.logo_uri),
        about=_link(client.client_uri),
        policy=_link(client.policy_uri),
        terms=_link(client.tos_uri),
    )


def destination(request: ProvenRequest) -> Destination:
    """Where *request* will be answered."""
    uri = parse_uri(request.redirect_uri)
    if uri.host is None:
        return Destination(uri.scheme, on_device=True)
    return Destination(uri.host if uri.port is None else f"{uri.host}:{uri.port}", on_device=uri.is_loopback)


def _link(uri: str | None) -> str | None:
    return uri if is_web_address(uri) else None
