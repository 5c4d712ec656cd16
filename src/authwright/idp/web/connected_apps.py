"""Which clients have access to a person's account: by a remembered consent, or by a grant that is alive."""

from collections.abc import Collection
from dataclasses import dataclass

from authwright.authorization_server.records import Client, Consent, Grant, ProtectedResource
from authwright.authorization_server.target import Target
from authwright.idp.storage.port import ProductStorage
from authwright.idp.web.asking_client import AskingClient, asking_client
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, SessionId, Subject, Timestamp


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """
    A client and all that it may do together, *since* the first of it. *offline*: also while the person is
    away.
    """

    client_id: ClientId
    client: AskingClient
    target: Target
    since: Timestamp
    offline: bool


async def connected_apps(
    storage: ProductStorage, subject: Subject, live_sessions: Collection[SessionId], now: Timestamp
) -> tuple[ConnectedApp, ...]:
    """
    The clients that *subject* is connected to, by name. Does I/O.

    *live_sessions*: a grant that is not offline dies with its session.
    """
    grants = [
        grant
        for grant in await storage.grants_of(subject)
        if grant.expires_at > now and (grant.offline or grant.session_id in live_sessions)
    ]
    consents = {consent.client_id: consent for consent in await storage.consents_of(subject)}
    apis = await storage.protected_resources()
    apps: list[ConnectedApp] = []
    for client_id in {*consents, *(grant.client_id for grant in grants)}:
        client = await storage.client(client_id)
        if client is not None:
            own = [grant for grant in grants if grant.client_id == client_id]
            apps.append(_app(client, own, consents.get(client_id), apis))
    return tuple(sorted(apps, key=lambda app: (app.client.name.casefold(), app.client_id)))


def _app(
    client: Client, grants: list[Grant], consent: Consent | None, apis: tuple[ProtectedResource, ...]
) -> ConnectedApp:
    scope = Scope() if consent is None else consent.scope
    resources: set[str] = set() if consent is None else set(consent.access)
    times = [] if consent is None else [consent.given_at]
    for grant in grants:
        scope |= grant.scope
        resources.update(grant.resources)
        times.append(grant.created_at)
    return ConnectedApp(
        client_id=client.client_id,
        client=asking_client(client),
        target=Target(scope, tuple(api for api in apis if api.resource in resources)),
        since=min(times),
        offline=any(grant.offline for grant in grants),
    )
