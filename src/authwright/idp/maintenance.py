"""
The work that nobody asks for: keys rotate, and rows that no decision needs any more are deleted.

One loop in each process, and no broker. Of all processes that share a database one does the work: the holder
of a lease, which it renews, gives up when it stops, and loses when it dies. Two that both think they hold it,
because their clocks differ, do no harm: rotation is guarded by its write, and deleting twice deletes once.
"""

import asyncio
import os
import socket
from contextlib import suppress
from datetime import timedelta
from typing import Final, final

from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.idp.provider import IdentityProvider
from authwright.idp.writes import TakeLease
from authwright.oauth.types import Timestamp, whole_seconds

LEASE: Final = "maintenance"
LEASE_LIFETIME: Final = timedelta(seconds=15)
"""How long nobody does the work after its holder has died."""

TURN_SECONDS: Final = 5
"""Between two attempts to take or renew the lease: one that fails does not lose it."""

WORK_INTERVAL: Final = timedelta(seconds=60)

LOOK_SECONDS: Final = 0.25
"""How soon this node publishes the keys that another node made."""

_PAUSE_AFTER_FAULT_SECONDS: Final = 10


@final
class Maintenance:
    """The part of one process in the work that one process does."""

    def __init__(self, idp: IdentityProvider) -> None:
        self._idp = idp
        # For people who read the log; the random part for containers that all have one name.
        random = idp.server.entropy.identifier()[:6]
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{random}"
        self._is_held = False
        self._worked_at: Timestamp | None = None

    async def turn(self) -> None:
        """Take or renew the lease; whoever has it does the work, when it is due."""
        now = self._idp.server.clock.now()
        lifetime = whole_seconds(LEASE_LIFETIME)
        if not await self._take(now, Timestamp(now + lifetime)):
            return
        interval = whole_seconds(WORK_INTERVAL)
        # Also when the clock was set back: it may be long until it is where it was.
        if self._worked_at is None or not self._worked_at <= now < self._worked_at + interval:
            self._worked_at = now
            await maintain(self._idp)

    async def give_up(self) -> None:
        """Let another process take the lease at once, if this one has it."""
        if self._is_held:
            now = self._idp.server.clock.now()
            with suppress(StorageUnavailable):
                await self._take(now, now)

    async def _take(self, now: Timestamp, until: Timestamp) -> bool:
        try:
            await self._idp.storage.commit((TakeLease(LEASE, self._holder, now, until),))
        except Conflict:
            is_held = False
        else:
            is_held = until > now
        if is_held != self._is_held:
            self._idp.log.debug("maintenance.taken" if is_held else "maintenance.left", holder=self._holder)
        self._is_held = is_held
        return is_held


async def maintain_forever(idp: IdentityProvider) -> None:
    """Run until cancelled. A fault is logged and tried again at the next turn."""
    maintenance = Maintenance(idp)
    try:
        while True:
            try:
                await maintenance.turn()
            except StorageUnavailable as error:
                idp.log.warning("maintenance.postponed", reason=str(error))
            except Exception as error:  # noqa: BLE001 - the loop must outlive a bug in one of its tasks
                idp.log.error("maintenance.failed", error)
            await asyncio.sleep(TURN_SECONDS)
    finally:
        await maintenance.give_up()


async def maintain(idp: IdentityProvider) -> None:
    """The work. Prunes in small steps and lets requests in between."""
    now = idp.server.clock.now()
    await idp.keyring.maintain(now)
    retention = idp.settings.event_retention
    events_before = None if retention is None else Timestamp(now - whole_seconds(retention))
    while any(rows for _, rows in (await idp.storage.prune(now, events_before=events_before)).rows):
        await asyncio.sleep(0)


async def watch_keys_forever(idp: IdentityProvider) -> None:
    """Learn of keys that other nodes make, until cancelled. Every process does this for itself."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await idp.keyring.look()
        except StorageUnavailable:
            # Whoever needs the storage says so; the keys that are known are good meanwhile.
            continue
        except Exception as error:  # noqa: BLE001 - as above
            idp.log.error("keys.not_watched", error)
            await asyncio.sleep(_PAUSE_AFTER_FAULT_SECONDS)
