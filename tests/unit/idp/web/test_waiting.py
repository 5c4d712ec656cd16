"""authwright.idp.web.waiting: times in words."""

import pytest

from authwright.idp.web.messages import ENGLISH
from authwright.idp.web.waiting import ago, iso, wait
from authwright.oauth.types import Seconds, Timestamp

NOW = Timestamp(1_793_707_200)  # 2026-11-03T12:00:00Z


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "a minute ago"),
        (119, "a minute ago"),
        (120, "2 minutes ago"),
        (3599, "59 minutes ago"),
        (3600, "an hour ago"),
        (7200, "2 hours ago"),
        (86_399, "23 hours ago"),
        (86_400, "yesterday"),
        (2 * 86_400, "2 days ago"),
        (30 * 86_400, "on 2026-10-04"),
    ],
)
def test_ago(seconds, words):
    assert ago(Timestamp(NOW - seconds), NOW, ENGLISH) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a minute"),
        (60, "a minute"),
        (61, "2 minutes"),
        (900, "15 minutes"),
        (3540, "59 minutes"),
        (3541, "an hour"),
        (3600, "an hour"),
        (3601, "2 hours"),
    ],
)
def test_wait_is_never_too_short(seconds, words):
    assert wait(Seconds(seconds), ENGLISH) == words


def test_for_machines():
    assert iso(NOW) == "2026-11-03T12:00:00Z"
