"""A machine signs in as itself. :rfc:`6749#section-4.4`."""

from dataclasses import dataclass
from typing import Final

from authwright.demo.web import meanings
from authwright.demo.web.anatomy import Anatomy, anatomy_of
from authwright.demo.web.calls import Called, call_api
from authwright.demo.web.chapter import Chapter, UnknownButton, result_of
from authwright.demo.web.messages import ShownExchange, shown_exchanges
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit

NAME: Final = "machine"


@dataclass(frozen=True, slots=True)
class Worked:
    """The token that the worker got, how, and what it did with it."""

    access_token: Anatomy
    exchanges: tuple[ShownExchange, ...]
    called: Called


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    if button != "work":
        raise UnknownButton
    async with parts.wire.watched() as overheard:
        tokens = await parts.worker.client_credentials(scope="items:read", resource=[parts.addresses.api])
    token = tokens.access_token.reveal()
    visit.results[NAME] = Worked(
        access_token=anatomy_of(token, meanings.MACHINE, parts.clock.now()),
        exchanges=shown_exchanges(overheard, parts.addresses),
        called=await call_api(parts, "GET", "/items", token, by=parts.worker_transport),
    )
    visit.done.add(NAME)


CHAPTER: Final = Chapter(NAME, "A machine", result_of(NAME), _press, personal=False)
