"""What a program needs of an HTML page of ours: its form, and the sentence that says what is wrong."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Page:
    """
    The first form of a page, and the texts that have an id.

    *fields* are the inputs with their values; *buttons* are name and value of each button, by its id.
    """

    action: str | None
    fields: dict[str, str]
    buttons: dict[str, tuple[str, str]]
    texts: dict[str, str]


def read_page(html: str) -> Page:
    """Read *html*. Never raises: what is not there is not there."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page()


@dataclass(slots=True)
class _Form:
    action: str | None = None
    fields: dict[str, str] = field(default_factory=dict[str, str])
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._form = _Form()
        self._texts: dict[str, str] = {}
        self._within: str | None = None

    def page(self) -> Page:
        form = self._form
        return Page(form.action, form.fields, form.buttons, {k: v.strip() for k, v in self._texts.items()})

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form" if self._form.action is None:
                self._form.action = given.get("action", "")
            case "input" if "name" in given:
                self._form.fields[given["name"]] = given.get("value", "")
            case "button" if "id" in given:
                self._form.buttons[given["id"]] = given.get("name", ""), given.get("value", "")
            case _ if "id" in given:
                self._within = given["id"]
                self._texts[self._within] = ""
            case _:
                pass

    @override
    def handle_endtag(self, tag: str) -> None:
        self._within = None

    @override
    def handle_data(self, data: str) -> None:
        if self._within is not None:
            self._texts[self._within] += data
