"""A token ends by itself; the demo's clock goes ahead so that nobody has to wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwright.demo.clock import SKIP_SECONDS
from authwright.demo.web.anatomy import clock_face, duration, moment
from authwright.demo.web.calls import Called, call_api, every_check
from authwright.demo.web.chapter import Chapter, UnknownButton, tokens_of
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit
from authwright.resource_server.explanation import Step

NAME: Final = "expiry"


@dataclass(frozen=True, slots=True)
class Tried:
    """A call with the token as it is. *skipped*: the clock went ahead before it."""

    skipped: bool
    called: Called
    checks: tuple[Step, ...]


def _show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
    now, expires_at = parts.clock.now(), tokens_of(visit).expires_at
    return {
        "result": visit.results.get(NAME),
        "time": clock_face(now),
        "expires": "" if expires_at is None else moment(expires_at, now),
        "expired": expires_at is not None and expires_at <= now,
        "skip": duration(SKIP_SECONDS),
    }


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    token = tokens_of(visit).access_token.reveal()
    if button not in {"skip", "call"}:
        raise UnknownButton
    if button == "skip":
        parts.clock.skip(SKIP_SECONDS)
    called = await call_api(parts, "GET", "/items", token)
    visit.results[NAME] = Tried(button == "skip", called, await every_check(parts, token))
    visit.done.add(NAME)


CHAPTER: Final = Chapter(NAME, "Let it expire", _show, _press)
