"""
The API of the demo: FastAPI, protected as `authwright.integrations.fastapi` says, in one file.

Three routes verify tokens with the issuer's published keys and ask nobody. One, ``/vault``, asks the issuer
about each token (:rfc:`7662`), which costs a request and sees a revocation at once.
"""

from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Body, FastAPI, Security

from authwright.demo.clock import DemoClock
from authwright.demo.parties import API, APP, Addresses
from authwright.integrations.fastapi import Auth, Principal
from authwright.oauth.http import Transport
from authwright.oauth.types import Secret
from authwright.resource_server.introspection import IntrospectionClient

SCOPES: Final = {
    "items:read": "see the items in your cabinet",
    "items:write": "put items into your cabinet",
    "items:purge": "throw items away",
}

_Json: TypeAlias = dict[str, Any]

_FIRST_ITEMS: Final = ("a marking gauge", "a dovetail saw", "two bench hooks")
_MAX_ITEMS: Final = 12
_MAX_OWNERS: Final = 100


class _Cabinets:
    """Everybody's items, in memory. What is too much makes room: this is a demo."""

    def __init__(self) -> None:
        self._items: OrderedDict[str, list[str]] = OrderedDict()

    def of(self, owner: str) -> list[str]:
        items = self._items.setdefault(owner, list(_FIRST_ITEMS))
        self._items.move_to_end(owner)
        while len(self._items) > _MAX_OWNERS:
            self._items.popitem(last=False)
        return items

    def put(self, owner: str, item: str) -> None:
        items = self.of(owner)
        items.append(item)
        del items[:-_MAX_ITEMS]


def create_api(addresses: Addresses, secret: Secret, transport: Transport, clock: DemoClock) -> FastAPI:
    """The application. *transport* is its way to the issuer, *secret* its own at the issuer."""
    auth = Auth(issuer=addresses.issuer, audience=addresses.api, transport=transport, clock=clock)
    asking = Auth(
        issuer=addresses.issuer,
        audience=addresses.api,
        introspection=IntrospectionClient(
            client_id=API, client_secret=secret, always=True, cache_lifetime=timedelta()
        ),
        transport=transport,
        clock=clock,
    )

    def lifespan(_app: FastAPI) -> AbstractAsyncContextManager[None]:
        return asking.lifespan()

    app = FastAPI(title="Items", lifespan=lifespan, **auth.swagger(client_id=APP))
    auth.install(app, scopes=SCOPES)
    _add_routes(app, auth, asking, _Cabinets())
    return app


def _add_routes(app: FastAPI, auth: Auth, asking: Auth, cabinets: _Cabinets) -> None:
    @app.get("/items")
    async def read_items(caller: Annotated[Principal, Security(auth, scopes=["items:read"])]) -> _Json:
        return {"owner": caller.sub, "items": cabinets.of(caller.sub)}

    @app.post("/items", status_code=201)
    async def add_item(
        caller: Annotated[Principal, Security(auth, scopes=["items:write"])],
        item: Annotated[str, Body(embed=True, max_length=80)],
    ) -> _Json:
        cabinets.put(caller.sub, item)
        return {"owner": caller.sub, "items": cabinets.of(caller.sub)}

    @app.delete("/items")
    async def throw_away(caller: Annotated[Principal, Security(auth, scopes=["items:purge"])]) -> _Json:
        cabinets.of(caller.sub).clear()
        return {"owner": caller.sub, "items": []}

    @app.get("/admin")
    async def admin(caller: Annotated[Principal, Security(auth.role("admin"))]) -> _Json:
        return {"hello": "admin", "roles": list(caller.roles), "groups": list(caller.groups)}

    @app.get("/vault")
    async def vault(caller: Annotated[Principal, Security(asking, scopes=["items:read"])]) -> _Json:
        return {"owner": caller.sub, "vault": "open", "checked": "at the identity provider, just now"}
