"""
Every benchmark, one after the other.

    python -m benchmarks
"""

import subprocess
import sys

NAMES = ("field", "growth", "token", "micro", "storage", "jose", "verification")


def main() -> None:
    """Each in a process of its own, so that none measures what another left behind."""
    for name in NAMES:
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)


if __name__ == "__main__":
    main()
