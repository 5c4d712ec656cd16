"""A browser that does what a code flow needs: cookies, redirects, and filling in the forms of pages."""

import re
from collections.abc import Mapping
from html import unescape
from random import Random
from urllib.parse import urljoin, urlsplit

from benchmarks.field.provider import PASSWORD, REDIRECT_URI, Provider
from benchmarks.load import Response, Talk, Unexpected, get, post

_FORM = re.compile(rb"<form\b[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MOST_STEPS = 15
_NUMBERS = Random(1)  # of networks, which nobody has to guess


class Browser:
    """One person's, at one provider. Every request of it seems to come from *network*."""

    def __init__(self, provider: Provider, person: str) -> None:
        self.provider, self.person = provider, person
        self.cookies: dict[str, str] = {}
        # A throttle counts by network: people do not all sign in from one.
        self.network = f"10.{_NUMBERS.randrange(256)}.{_NUMBERS.randrange(256)}.{_NUMBERS.randrange(256)}"

    def authorize(self, target: str) -> Talk:
        """Go to *target*, an authorization request, and do what pages ask until the client has its answer."""
        response = yield from self._fetch(urljoin(self._origin, target))
        url = target
        for _ in range(_MOST_STEPS):
            if response.status in (302, 303, 307):
                url = urljoin(urljoin(self._origin, url), response.headers("location")[0])
                if url.startswith(REDIRECT_URI):
                    return url
                if self.provider.elsewhere is not None and not url.startswith(self._origin):
                    url = yield from self.provider.elsewhere(url, self.person)
                response = yield from self._fetch(url)
            else:
                url, response = yield from self._submit(url, response.expect(200))
        raise Unexpected(response)

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.provider.port}"

    def _submit(self, url: str, page: Response) -> Talk:
        form = _FORM.search(page.body)
        if form is None:
            raise Unexpected(page)
        markup = form[0].decode()
        opening = _attributes(markup[: markup.index(">") + 1])
        action = urljoin(urljoin(self._origin, url), opening.get("action") or url)
        values = dict(self.provider.pages(self.person, PASSWORD))
        for element in _INPUT.findall(markup):
            attributes = _attributes(element)
            if attributes.get("type") == "hidden" and "name" in attributes:
                values[attributes["name"]] = attributes.get("value", "")
        response = yield post(self.provider.port, _target(action), values, self._headers(referer=action))
        self._remember(response)
        return action, response

    def _fetch(self, url: str) -> Talk:
        response = yield get(self.provider.port, _target(url), self._headers())
        self._remember(response)
        return response

    def _headers(self, referer: str = "") -> str:
        lines = f"x-forwarded-for: {self.network}\r\naccept: text/html\r\n"
        if referer:
            lines += f"origin: {self._origin}\r\nreferer: {referer}\r\n"
        if self.cookies:
            lines += f"cookie: {'; '.join(f'{name}={value}' for name, value in self.cookies.items())}\r\n"
        return lines

    def _remember(self, response: Response) -> None:
        for cookie in response.headers("set-cookie"):
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            lowered = attributes.lower()
            if (
                not value
                or "max-age=0" in lowered.replace(" ", "")
                or "01 jan 1970" in lowered.replace("-", " ")
            ):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _attributes(element: str) -> Mapping[str, str]:
    return {name.lower(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(element)}
