"""
Where the issuer's endpoints are: its metadata, found from the issuer identifier alone.

OpenID Connect Discovery §4 first, since it is what most issuers have, then :rfc:`8414#section-3`. The
document must name the issuer byte for byte (:rfc:`8414#section-3.3`), from wherever it was fetched.
"""

from http import HTTPStatus
from typing import Final

from authwright.jose.encoding import parse_json_object
from authwright.jose.errors import JoseError
from authwright.oauth import issuer as oauth_issuer
from authwright.oauth.http import HttpRequest, HttpResponse, Transport
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import authorization_server_metadata_url, openid_configuration_url, reached_at
from authwright.oauth.metadata import AuthorizationServerMetadata, parse_authorization_server_metadata
from authwright.transport import TransportError

from .errors import ConfigurationError
from .refusals import FOREIGN_METADATA, KEYS_UNAVAILABLE, Refusal, Refused

_HEADERS: Final = {"accept": "application/json"}


class Discovery:
    """
    The metadata of *issuer*, fetched when it is first needed.

    *internal_url* is where the issuer is reached from here, when that is not its own URL, as between
    containers: documents are fetched from there, and still have to be the public issuer's. *transport* can be
    exchanged for that of a test.
    """

    def __init__(self, issuer: str, transport: Transport, *, internal_url: str | None = None) -> None:
        self.issuer = issuer
        self.transport = transport
        self.known: AuthorizationServerMetadata | None = None
        self._base = issuer if internal_url is None else internal_url

    async def metadata(self, *, anew: bool = False) -> AuthorizationServerMetadata:
        """
        The metadata; I/O only when it is not known, or asked for *anew* because an endpoint may have moved.

        Raises `Refused`, and then keeps what was known.
        """
        if self.known is None or anew:
            response = await self._find()
            try:
                self.known = parse_authorization_server_metadata(response.body, issuer=self.issuer)
            except InvalidValue as error:
                raise self._refused(response, error) from error
        return self.known

    def reachable(self, url: str) -> str:
        """
        *url*, an endpoint of the issuer, as it is reached from here.

        Raises `Refused` for plain http, unless the issuer is itself reached so: what comes from there decides
        which tokens are good.
        """
        url = reached_at(url, issuer=self.issuer, base=self._base)
        if not url.startswith("https://") and self._base.startswith("https://"):
            raise Refused(KEYS_UNAVAILABLE, "the metadata names an endpoint that is not https", received=url)
        return url

    async def get(self, url: str, *, refusal: Refusal, detail: str) -> HttpResponse:
        """The document at *url*. Raises `Refused`, of the row *refusal*, for anything but 200."""
        return _found(await self._send(url, refusal=refusal), url, refusal=refusal, detail=detail)

    async def _find(self) -> HttpResponse:
        detail = "the issuer has no metadata document"
        url = openid_configuration_url(self._base)
        response = await self._send(url, refusal=KEYS_UNAVAILABLE)
        # Not after a failure of the issuer: what went wrong would be hidden behind the other document's 404.
        if response.status != HTTPStatus.OK and response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            url = authorization_server_metadata_url(self._base)
            response = await self._send(url, refusal=KEYS_UNAVAILABLE)
        return _found(response, url, refusal=KEYS_UNAVAILABLE, detail=detail)

    async def _send(self, url: str, *, refusal: Refusal) -> HttpResponse:
        try:
            return await self.transport.send(HttpRequest("GET", url, _HEADERS))
        except TransportError as error:
            # Which of certificate, name, address, time and size it was decides what there is to change.
            raise Refused(
                refusal,
                "a document of the issuer could not be fetched",
                received=f"{url}: {error.detail}",
            ) from error

    def _refused(self, response: HttpResponse, error: InvalidValue) -> Refused:
        try:
            named = parse_json_object(response.body).get("issuer")
        except JoseError:
            named = None
        if isinstance(named, str) and named != self.issuer:
            return Refused(
                FOREIGN_METADATA,
                "the metadata document is not of the configured issuer",
                received=named,
                expected=self.issuer,
            )
        return Refused(
            KEYS_UNAVAILABLE, "the metadata document of the issuer is malformed", received=error.detail
        )


def _found(response: HttpResponse, url: str, *, refusal: Refusal, detail: str) -> HttpResponse:
    if response.status != HTTPStatus.OK:
        raise Refused(refusal, detail, received=f"{response.status} from {url}", expected=HTTPStatus.OK.value)
    return response


def check_internal_url(internal_url: str) -> None:
    """`oauth.issuer.check_internal_url`, as a setting of the API. Raises `ConfigurationError`."""
    try:
        oauth_issuer.check_internal_url(internal_url)
    except InvalidValue:
        raise ConfigurationError(
            "internal_url", "write the URL under which this API reaches the issuer, such as http://idp:9000"
        ) from None
