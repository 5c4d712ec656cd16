"""What a test needs and this machine lacks: the test is skipped, and in CI, which runs all, it fails."""

import os
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """*what* says what is not there, and how to get it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; CI runs every test")
    pytest.skip(what)
