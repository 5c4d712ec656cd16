"""
The Wycheproof cases of ../shared/vectors, one pytest parameter for each.

A clone elsewhere does not have them: the tests then say so and skip. With CI in the environment their absence
is an error.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DIRECTORY = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof"


def cases(name: str) -> list[Any]:
    """Parameters (group, case) of the file *name*."""
    path = DIRECTORY / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            message = f"{path} is missing, and CI must not skip it"
            raise FileNotFoundError(message)
        skip = pytest.mark.skip(reason=f"no Wycheproof vectors at {path}")
        return [pytest.param({}, {}, id="absent", marks=skip)]
    return [
        pytest.param(group, case, id=f"{case['tcId']}-{case['comment']}")
        for group in json.loads(path.read_text("utf-8"))["testGroups"]
        for case in group["tests"]
    ]
