"""
A node in a process of its own, for tests that need one: ``python storage_child.py redeem|commit ADDRESS``.

It says ``ready``, waits for a line, and then tells line by line what was acknowledged to it.
"""

import asyncio
import sys
from itertools import count

from authwright.authorization_server import writes
from authwright.authorization_server.storage import Conflict
from authwright.idp.storage.open import open_storage
from authwright.idp.storage.port import ProductStorage
from authwright.oauth.types import Digest
from support import storage_examples as examples
from support.storage_examples import NOW

CODES = 40


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def redeem_every_code(storage: ProductStorage) -> None:
    """Print each code that this process was the first to redeem."""

    async def redeem(name: str) -> None:
        try:
            await storage.commit((writes.RedeemCode(Digest(name), NOW),))
        except Conflict:
            return
        tell(name)

    # Several at once for each code, as well as several processes.
    await asyncio.gather(*(redeem(f"code-{i}") for i in range(CODES) for _ in range(3)))


async def commit_for_ever(storage: ProductStorage) -> None:
    """Print each code once its issue and its redemption are acknowledged."""
    numbers = count()

    async def issue_and_redeem() -> None:
        for number in numbers:
            name = f"{sys.argv[3]}-{number}"
            grant = examples.grant(f"grant-{name}")
            code = examples.code(f"code-{name}", grant=grant)
            await storage.commit((writes.AddGrant(grant), writes.AddAuthorizationCode(code)))
            tell(f"issued {name}")
            await storage.commit(
                (
                    writes.RedeemCode(code.code_digest, NOW),
                    writes.AddRefreshToken(examples.refresh_token(f"refresh-{name}", grant=grant)),
                )
            )
            tell(f"redeemed {name}")

    await asyncio.gather(*(issue_and_redeem() for _ in range(8)))


async def main() -> None:
    storage = open_storage(sys.argv[2])
    tell("ready")
    sys.stdin.readline()
    await {"redeem": redeem_every_code, "commit": commit_for_ever}[sys.argv[1]](storage)
    await storage.close()


if __name__ == "__main__":
    asyncio.run(main())
