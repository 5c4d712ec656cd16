"""
Every drill on every database that it is for, one after the other; 1 when any of them failed.

    python -m drills
"""

import subprocess
import sys
from typing import Final

from drills.report import say

DRILLS: Final = (
    ("kill", "--database", "sqlite"),
    ("kill", "--database", "postgresql"),
    ("kill", "--power-loss", "--kills", "30", "--operations", "10000"),
    ("races", "--database", "sqlite"),
    ("races", "--database", "postgresql"),
    ("revocation", "--database", "sqlite"),
    ("revocation", "--database", "postgresql"),
    ("disk_full", "--database", "sqlite"),
    ("disk_full", "--database", "postgresql"),
    ("restart",),
    ("failover",),
)


def main() -> int:
    """Each in a process of its own, as it would be run alone."""
    failed: list[str] = []
    for name, *arguments in DRILLS:
        title = " ".join((name, *arguments))
        say(f"\n## {title}\n")
        done = subprocess.run([sys.executable, "-m", f"drills.{name}", *arguments], check=False)  # noqa: S603
        if done.returncode != 0:
            failed.append(title)
    say(f"\nFailed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
