"""
The work that nobody asks for: keys rotate, and rows that no decision needs any more are deleted.

One loop in the process, no broker. Several nodes may each run it: rotation is guarded by its write, and
deleting twice deletes once.
"""

import asyncio
from typing import Final

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.provider import IdentityProvider

INTERVAL_SECONDS: Final = 60
"""How soon this node signs with a key, and publishes one, that another node made."""


async def maintain_forever(idp: IdentityProvider) -> None:
    """Run until cancelled. A fault is logged and tried again at the next turn."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            await maintain(idp)
        except StorageUnavailable as error:
            idp.log.warning("maintenance.postponed", reason=str(error))
        except Exception as error:  # noqa: BLE001 - the loop must outlive a bug in one of its tasks
            idp.log.error("maintenance.failed", error)


async def maintain(idp: IdentityProvider) -> None:
    """One turn. Prunes in small steps and lets requests in between."""
    now = idp.server.clock.now()
    await idp.keyring.maintain(now)
    while any(rows for _, rows in (await idp.storage.prune(now)).rows):
        await asyncio.sleep(0)
