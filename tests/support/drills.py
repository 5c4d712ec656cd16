"""The drills as programs, as `make drill` runs them."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 120


@dataclass
class Drilled:
    """How a drill ended. *said* is its report."""

    code: int
    said: str

    def count(self, name: str) -> int:
        """The number in the line *name* of the report."""
        found = re.search(rf"^{name} +([\d,]+)$", self.said, re.MULTILINE)
        assert found, self.said
        return int(found[1].replace(",", ""))


def drill(name: str, *arguments: str) -> Drilled:
    """Run it to its end."""
    done = subprocess.run(
        [sys.executable, "-m", f"drills.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        text=True,
    )
    return Drilled(done.returncode, done.stdout + done.stderr)
