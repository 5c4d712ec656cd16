"""The three tokens, taken apart."""

from collections.abc import Mapping
from typing import Any, Final

from authwright.demo.web import meanings
from authwright.demo.web.anatomy import anatomy_of, distance
from authwright.demo.web.chapter import Chapter, tokens_of
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit


def _show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
    tokens, now = tokens_of(visit), parts.clock.now()
    id_token = None if tokens.id_token is None else tokens.id_token.reveal()
    visit.done.add("tokens")
    return {
        "access_token": anatomy_of(tokens.access_token.reveal(), meanings.ACCESS_TOKEN, now),
        "access_token_ends": "" if tokens.expires_at is None else distance(tokens.expires_at - now),
        "id_token": None if id_token is None else anatomy_of(id_token, meanings.ID_TOKEN, now),
        "refresh_token": None if tokens.refresh_token is None else tokens.refresh_token.reveal(),
    }


CHAPTER: Final = Chapter("tokens", "The three tokens", _show)
