"""A real Chromium, that of the machine, which asks nothing of the network by itself."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from .absent import absent

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Chromium:
    """A browser that is started again for the next profile when it has died."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser = self._started()

    def _started(self) -> Browser:
        return self._playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)

    def new_context(self, **options: Any) -> BrowserContext:
        """A fresh profile."""
        if not self._browser.is_connected():
            self._browser = self._started()
        return self._browser.new_context(**options)

    def close(self) -> None:
        """End the browser and every profile of it."""
        self._browser.close()


@contextlib.contextmanager
def launched() -> Iterator[Chromium]:
    """
    A browser until the block ends.

    While Playwright runs, no other event loop can run in its thread: not for a fixture of the session.
    """
    if not CHROMIUM.exists():
        absent(f"there is no Chromium at {CHROMIUM} (Debian: apt-get install chromium)")
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            # What Chromium says when it dies is then beside the test that it took along.
            patch.setenv("DEBUG", "pw:browser")
            playwright = stack.enter_context(sync_playwright())
        browser = Chromium(playwright)
        yield browser
        browser.close()
