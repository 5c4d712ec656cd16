"""What a drill says at its end."""

import statistics
import sys
from collections.abc import Sequence
from typing import Final

from drills.account import Tally

_MOST_SHOWN: Final = 10


def say(line: str = "") -> None:
    """A line to standard output, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_tally(tally: Tally) -> None:
    """The counts, and the first violations of each kind."""
    say(f"acknowledged operations   {tally.operations:,}")
    for name, count in sorted(tally.acknowledged.items(), key=lambda pair: -pair[1]):
        say(f"    {name:<32}{count:>8,}")
    say(f"cut off                   {tally.unanswered:,}")
    say(f"hung                      {tally.hung:,}")
    say(f"answered 503              {tally.unavailable:,}")
    say(f"examined                  {sum(tally.examined.values()):,}")
    for name, count in sorted(tally.examined.items(), key=lambda pair: -pair[1]):
        say(f"    {name:<32}{count:>8,}")
    for name, violations in (
        ("lost", tally.lost),
        ("resurrected", tally.resurrected),
        ("wrong answers", tally.wrong),
    ):
        say(f"{name:<26}{len(violations):,}")
        for violation in violations[:_MOST_SHOWN]:
            say(f"    {violation}")


def say_seconds(name: str, seconds: Sequence[float]) -> None:
    """Median and longest of some durations."""
    if seconds:
        say(f"{name:<26}median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")


def verdict(problems: Sequence[str]) -> int:
    """The exit code: 1 when there is a problem."""
    for problem in problems[:_MOST_SHOWN]:
        say(f"FAILED: {problem}")
    if len(problems) > _MOST_SHOWN:
        say(f"FAILED: {len(problems) - _MOST_SHOWN:,} more")
    if not problems:
        say("PASSED")
    return 1 if problems else 0
