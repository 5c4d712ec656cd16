"""The application of the first five minutes, and some routes more."""

from typing import Annotated

from fastapi import FastAPI, Security, WebSocket

from authwright.integrations.fastapi import Auth, Principal

ISSUER = "http://localhost:9000"
API = "http://localhost:8000"


def make_app(issuer, audience=API, *, install=True, **options):
    """An application that trusts *issuer*, which is also its transport unless *options* say otherwise."""
    auth = Auth(issuer=issuer.issuer, audience=audience, **{"transport": issuer, **options})
    app = FastAPI(**auth.swagger(client_id="web"))
    if install:
        auth.install(app)
    Reader = Annotated[Principal, Security(auth, scopes=["items:read"])]  # noqa: N806 - a type

    @app.get("/items")
    async def items(user: Reader):
        return {"owner": user.sub, "groups": user.groups}

    @app.delete("/items")
    async def delete(
        user: Annotated[Principal, Security(auth.role("admin"), scopes=["items:write", "items:read"])],
    ):
        return {"by": user.sub}

    @app.get("/drafts")
    def drafts(user: Annotated[Principal, Security(auth.role("admin") | auth.group("editors"))]):
        return {"owner": user.sub}

    @app.get("/secrets")
    def secrets(user: Annotated[Principal, Security(auth.role("admin") & auth.group("editors"))]):
        return {"owner": user.sub}

    @app.get("/public")
    def public():
        return "welcome"

    @app.websocket("/feed")
    async def feed(websocket: WebSocket, user: Reader):
        await websocket.accept()
        await websocket.send_json({"owner": user.sub})
        await websocket.close()

    app.state.auth = auth
    return app
