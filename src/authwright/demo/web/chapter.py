"""A page of the story, and what its buttons do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authwright.client import Tokens
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser is told after a button: where to go, and from now on as which visit."""

    location: str
    visit: Visit


Show = Callable[[Parts, Visit], Mapping[str, Any]]
"""What the template needs. No I/O."""

Press = Callable[[Parts, Visit, str], Awaitable[Answer | None]]
"""
Do what the button of this name says; afterwards the page is shown again, unless there is another answer.

Raises `UnknownButton`, `NotSignedIn`, `authwright.client.ClientError` and `TransportError`.
"""


class UnknownButton(Exception):
    """A form came with a button that the page does not have."""


class NotSignedIn(Exception):
    """The page is about somebody's tokens, and nobody is signed in."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """*name* is its path and its template. *personal*: it needs somebody who is signed in."""

    name: str
    title: str
    show: Show
    press: Press | None = None
    personal: bool = True

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/{self.name}"


def tokens_of(visit: Visit) -> Tokens:
    """The tokens of whoever is signed in. Raises `NotSignedIn`."""
    if visit.tokens is None:
        raise NotSignedIn
    return visit.tokens


def result_of(chapter: str) -> Show:
    """A `Show` for a page that has nothing but the result of its last button."""

    def show(parts: Parts, visit: Visit) -> Mapping[str, Any]:
        del parts
        return {"result": visit.results.get(chapter)}

    return show
