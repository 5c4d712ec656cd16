"""The userinfo endpoint. OpenID Connect Core §5.3."""

from typing import Any

from authwright.authorization_server.access_tokens import read_access_token
from authwright.authorization_server.server import AuthorizationServer
from authwright.oauth.errors import InsufficientScope, InvalidToken
from authwright.oauth.types import Secret
from authwright.oidc.claims import claims_for


async def userinfo(access_token: Secret, server: AuthorizationServer) -> dict[str, Any]:
    """
    The claims that the token's scope asks for (Core §5.4), with ``sub``.

    Raises `InvalidToken`, and `InsufficientScope` for a token without ``openid``.
    """
    live = await read_access_token(access_token, server, server.clock.now())
    if live is None:
        raise InvalidToken("userinfo was asked with an access token that is not live")
    if live.person is None or "openid" not in live.scope:
        raise InsufficientScope("userinfo was asked with an access token without the scope openid")
    return {"sub": live.person.subject, **claims_for(live.scope, live.person.claims)}
