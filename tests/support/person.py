"""A person at a browser without a screen, before any provider's pages: fills in forms, presses buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

MAX_STEPS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotThere(AssertionError):
    """The browser came to rest elsewhere; *status* and *url* say where."""

    def __init__(self, response):
        super().__init__(f"the browser stays at {response.url} with {response.status_code}")
        self.status, self.url, self.text = response.status_code, str(response.url), response.text


@dataclass
class _Form:
    action: str
    identifier: str | None
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str | None, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """The forms of a page that are sent by POST, with the buttons that send them."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self._open = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and attributes.get("method", "get").lower() == "post":
            self._open = _Form(attributes["action"], attributes.get("id"))
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and "name" in attributes:
            self._open.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "button":
            form = next((f for f in self.forms if f.identifier == attributes.get("form", f)), self._open)
            if form is not None:
                form.buttons.append((attributes.get("name"), attributes.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


class Person:
    """Knows a name and a password, and agrees to everything."""

    def __init__(self, username, password, *, transport=None):
        self._answers = {"login": username, "password": password}
        self._browser = httpx2.Client(
            follow_redirects=False, trust_env=False, timeout=20, transport=transport
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._browser.close()

    def visit(self, url, until):
        """
        Open *url* and do what the pages ask, until the browser is sent to a URL that begins with *until*,
        which is not opened but told. Raises `NotThere` at a page that asks nothing.
        """
        response = self._browser.get(url)
        for _ in range(MAX_STEPS):
            if response.status_code in REDIRECTS:
                location = urljoin(str(response.url), response.headers["location"])
                if location.startswith(until):
                    return location
                response = self._browser.get(location)
                continue
            form = first_form(response)
            if form is None:
                raise NotThere(response)
            response = self._press(str(response.url), form)
        raise NotThere(response)

    def _press(self, url, form):
        name, value = form.buttons[0]
        typed = {name: self._answers[name] for name in form.fields if name in self._answers}
        fields = {**form.fields, **typed, **({name: value} if name else {})}
        parts = urlsplit(url)
        return self._browser.post(
            urljoin(url, form.action), data=fields, headers={"origin": f"{parts.scheme}://{parts.netloc}"}
        )


def first_form(response):
    """The first form of a page that a button sends; None where there is none."""
    if response.status_code != httpx2.codes.OK:
        return None
    forms = _Forms()
    forms.feed(response.text)
    return next((form for form in forms.forms if form.buttons), None)
