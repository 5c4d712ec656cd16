"""
What a ``User-Agent`` says in two words, so that people recognise their own devices in a list.

:rfc:`9110#section-10.1.5`. A hint and nothing more: anybody can send anything, and nothing is decided by it.
"""

from typing import Final

from markupsafe import Markup

from authwright.idp.web.messages import Messages

# In this order: nearly every browser also names the ones that it wants to be taken for.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),  # codespell:ignore cros
    ("Linux", "Linux"),
)


def device(user_agent: str, messages: Messages) -> Markup:
    """*user_agent* in words, such as "Firefox on Linux"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return messages("device.unknown")
    return messages("device.on", browser=browser, system=system) if system else Markup(browser)  # noqa: S704 - a name of the list above
