"""
An identity provider as an ASGI application.

Requests of machines go straight to the protocol endpoints, everything else to the pages. The application can
be run by any ASGI server or mounted inside another application under the path of the issuer.
"""

import asyncio
from contextlib import suppress
from typing import Final

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.maintenance import maintain_forever, watch_keys_forever
from authwright.idp.provider import IdentityProvider
from authwright.idp.web.asgi import Asgi, Receive, Scope, Send, read_request, send_response
from authwright.idp.web.oauth import error_response, handle, routes
from authwright.idp.web.pages import create_pages
from authwright.idp.web.peer import sender_of
from authwright.idp.web.published import Published
from authwright.idp.web.rendering import build_renderer
from authwright.oauth.errors import OAuthError

_CLOSE_POLICY_VIOLATION: Final = 1008


def create_app(idp: IdentityProvider) -> Asgi:
    """
    The application of *idp*. Does I/O once, for the templates.

    Raises `authwright.idp.configuration_error.ConfigurationError` when a template of the operator is broken.
    """
    settings = idp.settings
    renderer = build_renderer(settings.issuer, templates_directory=settings.templates_directory)
    pages = create_pages(idp, renderer)
    published = Published(idp.server)
    protocol = routes(idp, published)
    trusted_proxies = settings.trusted_proxies

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                pass
            case "lifespan":
                await _lifespan(idp, published, receive, send)
                return
            case _:
                await send({"type": "websocket.close", "code": _CLOSE_POLICY_VIOLATION})
                return
        route = protocol.get(scope["path"])
        if route is None:
            await pages(scope, receive, send)
            return
        try:
            request = await read_request(scope, receive, sender_of(scope, trusted_proxies))
        except OAuthError as error:
            await send_response(error_response(error), send)
            return
        await send_response(await handle(request, route, idp), send, head=request.method == "HEAD")

    return app


async def _lifespan(idp: IdentityProvider, published: Published, receive: Receive, send: Send) -> None:
    await receive()
    with suppress(StorageUnavailable):
        await published.look()
    tasks = [asyncio.create_task(work(idp)) for work in (maintain_forever, watch_keys_forever)]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await send({"type": "lifespan.shutdown.complete"})
