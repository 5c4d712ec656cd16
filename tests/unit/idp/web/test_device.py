"""authwright.idp.web.device: a User-Agent in two words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.web.device import device
from authwright.idp.web.messages import ENGLISH

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
ANDROID = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (WINDOWS + "Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (WINDOWS + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (WINDOWS + "Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on Windows"),
        (ANDROID + "Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            ANDROID + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (IPHONE + "Version/18.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (IPHONE + "CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (IPHONE + "FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (MAC + "Version/18.1 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_device(user_agent, words):
    assert device(user_agent, ENGLISH) == words


@given(st.text())
def test_nothing_of_the_header_is_shown(user_agent):
    """Anybody can send anything; the words are ours."""
    assert "<" not in device(user_agent + "<script>", ENGLISH)
