"""The demo in a thread, and a person who reads its pages."""

import asyncio
import contextlib
import html
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from authwright.demo.running import Demo, Ports, running_demo
from authwright.idp.log import Log
from authwright.idp.log_encoding import json_line
from support.person import Person

ANY_PORTS = Ports(app=0, idp=0, api=0)


@dataclass
class RunningDemo:
    """*lines* is the log."""

    demo: Demo
    lines: list[str]

    @property
    def app(self):
        return self.demo.addresses.app

    @property
    def issuer(self):
        return self.demo.addresses.issuer

    @property
    def api(self):
        return self.demo.addresses.api

    @property
    def password(self):
        return self.demo.credentials.password


@dataclass
class _Thread:
    running: RunningDemo | None = None
    failure: BaseException | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    loop: asyncio.AbstractEventLoop | None = None
    over: asyncio.Event | None = None

    async def run(self, directory):
        self.loop, self.over, lines = asyncio.get_running_loop(), asyncio.Event(), []
        async with running_demo(directory, Log(lines.append, json_line), ANY_PORTS) as demo:
            self.running = RunningDemo(demo, lines)
            self.ready.set()
            await self.over.wait()

    def main(self, directory):
        try:
            asyncio.run(self.run(directory))
        except BaseException as failure:  # noqa: BLE001 - told to the thread that waits
            self.failure = failure
        finally:
            self.ready.set()


@contextlib.contextmanager
def demo_in_a_thread(directory: Path) -> Iterator[RunningDemo]:
    """The demo on free ports until the block ends, with its state in *directory*."""
    thread = _Thread()
    worker = threading.Thread(target=thread.main, args=(directory,), daemon=True)
    worker.start()
    try:
        if not thread.ready.wait(60) or thread.running is None:
            raise RuntimeError("the demo did not start") from thread.failure
        yield thread.running
    finally:
        if thread.loop is not None and thread.over is not None and worker.is_alive():
            thread.loop.call_soon_threadsafe(thread.over.set)
        worker.join(60)
    if thread.failure is not None:
        raise thread.failure


class Reader:
    """A person at a browser without a screen: reads a page of the demo, presses its buttons."""

    def __init__(self, running: RunningDemo):
        self.running = running
        self.browser = httpx2.Client(follow_redirects=False, trust_env=False, timeout=20)
        self.page = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    def open(self, path):
        """Go to *path* of the app, and on where it leads within the app."""
        self.page = self.browser.get(path if path.startswith("http") else self.running.app + path)
        while self.page.has_redirect_location and self._within(self.page.headers["location"]):
            location = self.page.headers["location"]
            self.page = self.browser.get(
                location if location.startswith("http") else self.running.app + location
            )
        return self

    def press(self, path, button):
        """Press *button* of the page at *path*; where the app sends the browser, when that is elsewhere."""
        self.open(path)
        form = {"form_token": self.form_token(), "press": button}
        self.page = self.browser.post(self.running.app + path, data=form)
        location = self.page.headers.get("location", "")
        if self.page.has_redirect_location and self._within(location):
            self.open(location)
            return None
        return location

    def begin(self, username="alice"):
        """Press the button and sign in at the identity provider: the URL of the callback, not yet opened."""
        url = self.press("/sign-in", username)
        with Person(username, self.running.password) as person:
            return person.visit(url, self.running.app + "/callback")

    def sign_in(self, username="alice"):
        return self.open(self.begin(username))

    def form_token(self):
        return re.search(r'name="form_token" value="([^"]+)"', self.page.text)[1]

    @property
    def text(self):
        """What is read on the page."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.page.text))).replace(
            "\u200b", ""
        )

    @property
    def code(self):
        """The ``AWnnn`` on the page, or the error code."""
        found = re.search(r'id="code">([^<]*)', self.page.text)
        return None if found is None else found[1]

    @property
    def cookie(self):
        """The value of the app's cookie."""
        return next(c.value for c in self.browser.cookies.jar if c.name.startswith("aw_demo_"))

    def _within(self, location):
        return location.startswith(("/", self.running.app + "/"))
