"""
What everybody may read: the metadata and the keys.

:rfc:`8414#section-3`, OpenID Connect Discovery §4, :rfc:`7517#section-5`. Every API and every app asks for
them again and again, so they are written once, and anew when what they say has changed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar, final

from authwright.authorization_server.endpoints.metadata import metadata
from authwright.authorization_server.records import ProtectedResource
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.provider import IdentityProvider
from authwright.idp.web import cors
from authwright.idp.web.asgi import Incoming, Outgoing, encode_headers
from authwright.idp.web.headers import NO_SNIFFING
from authwright.jose.encoding import dump_json
from authwright.jose.jwks import Jwks

Source = TypeVar("Source")

_PUBLIC: Final = {
    "cache-control": "public, max-age=300",
    **cors.ANY_ORIGIN,
    **NO_SNIFFING,
}
_JSON: Final = encode_headers({"content-type": "application/json", **_PUBLIC})
_JWK_SET: Final = encode_headers({"content-type": "application/jwk-set+json", **_PUBLIC})


@final
class _Document(Generic[Source]):
    """What *write* makes of a source, kept as long as it is the same object. *body* is the last."""

    __slots__ = ("_source", "_write", "body")

    def __init__(self, write: Callable[[Source], Mapping[str, Any]]) -> None:
        self._write = write
        self._source: Source | None = None
        self.body: bytes | None = None

    def of(self, source: Source) -> bytes:
        """The document about *source*."""
        if self.body is None or source is not self._source:
            self.body, self._source = dump_json(self._write(source)), source
        return self.body


@final
class Published:
    """
    The documents of *server*.

    The scopes of the APIs are in the metadata, which are read. While they cannot be, the metadata are served
    as they were last: who only verifies tokens shall not notice, and a verifier that starts meanwhile needs
    them. Look once at the start, and there is always a last.
    """

    __slots__ = ("_jwks", "_metadata", "_server")

    def __init__(self, server: AuthorizationServer) -> None:
        self._server = server
        self._jwks = _Document(Jwks.to_dict)
        self._metadata = _Document[tuple[ProtectedResource, ...]](
            lambda apis: metadata(server, apis).to_dict()
        )

    async def look(self) -> bytes:
        """The metadata now. One read. Raises `StorageUnavailable` when they were never known."""
        try:
            return self._metadata.of(await self._server.storage.protected_resources())
        except StorageUnavailable:
            if self._metadata.body is None:
                raise
            return self._metadata.body

    async def get_metadata(self, request: Incoming, idp: IdentityProvider) -> Outgoing:
        """:rfc:`8414#section-3.2`."""
        del request, idp
        return Outgoing(200, _JSON, await self.look())

    async def get_jwks(self, request: Incoming, idp: IdentityProvider) -> Outgoing:
        """:rfc:`7517#section-5`. Does no I/O."""
        del request, idp
        return Outgoing(200, _JWK_SET, self._jwks.of(self._server.signer.jwks()))
