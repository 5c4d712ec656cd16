"""Calling the API: what the token allows, and what its scope or its holder's roles do not."""

from typing import Final

from authwright.demo.web.calls import Called, call_api
from authwright.demo.web.chapter import Chapter, UnknownButton, result_of, tokens_of
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit

NAME: Final = "api"
_CALLS: Final = {
    "read": ("GET", "/items", None),
    "add": ("POST", "/items", {"item": "a hand plane"}),
    "delete": ("DELETE", "/items", None),
    "admin": ("GET", "/admin", None),
}


async def _press(parts: Parts, visit: Visit, button: str) -> None:
    token = tokens_of(visit).access_token.reveal()
    if button not in _CALLS:
        raise UnknownButton
    method, path, body = _CALLS[button]
    called: Called = await call_api(parts, method, path, token, body=body)
    visit.results[NAME] = called
    visit.done.add(NAME)


CHAPTER: Final = Chapter(NAME, "Call the API", result_of(NAME), _press)
