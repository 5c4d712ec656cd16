"""One identity provider, assembled from its settings: the only place that knows every part."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from authwright.authorization_server.server import AuthorizationServer
from authwright.idp.accounts.accounts import StoredAccounts
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import PasswordHashes
from authwright.idp.client_keys import CachedClientKeys
from authwright.idp.entropy import SystemEntropy
from authwright.idp.keyring import Keyring
from authwright.idp.log import Log
from authwright.idp.settings import Settings
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.port import ProductStorage
from authwright.oauth.clock import Clock
from authwright.transport import GuardedTransport
from authwright.transport.clock import SystemClock


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """
    The parts of one issuer that pages, endpoints and commands work with. Nothing of it is process-wide.

    *stopping* is set when this node was told to stop: it serves whoever is here, and wants nobody else.
    """

    server: AuthorizationServer
    storage: ProductStorage
    accounts: StoredAccounts
    keyring: Keyring
    settings: Settings
    log: Log
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def open_identity_provider(
    settings: Settings, log: Log, *, clock: Clock = SystemClock()
) -> AsyncGenerator[IdentityProvider]:
    """
    Open the storage, the keys and the pools; close them at the end. Does I/O.

    *clock* is another than the system's where time is to be shown or tested. Raises
    `authwright.idp.configuration_error.ConfigurationError`,
    `authwright.authorization_server.storage.StorageUnavailable`.
    """
    storage = open_storage(settings.database_url, password=settings.database_password, committed=log.event)
    hashes = PasswordHashes()
    transport = GuardedTransport(settings.fetch_policy())
    try:
        yield await _assemble(settings, log, clock, storage, hashes, transport)
    finally:
        hashes.close()
        await transport.aclose()
        await storage.close()


async def _assemble(
    settings: Settings,
    log: Log,
    clock: Clock,
    storage: ProductStorage,
    hashes: PasswordHashes,
    transport: GuardedTransport,
) -> IdentityProvider:
    entropy, policy = SystemEntropy(), settings.policy()
    keyring = await Keyring.open(
        storage,
        settings.key_encryption_key,
        clock,
        policy=policy,
        signing_key_lifetime=settings.signing_key_lifetime,
    )
    accounts = StoredAccounts(
        storage,
        hashes=hashes,
        known_browsers=KnownBrowsers(settings.key_encryption_key.derive("known browsers"), entropy),
        entropy=entropy,
        issuer=settings.issuer,
    )
    server = AuthorizationServer(
        issuer=settings.issuer,
        storage=storage,
        signer=keyring,
        accounts=accounts,
        client_keys=CachedClientKeys(transport, clock, log),
        clock=clock,
        entropy=entropy,
        policy=policy,
    )
    return IdentityProvider(server, storage, accounts, keyring, settings, log)
