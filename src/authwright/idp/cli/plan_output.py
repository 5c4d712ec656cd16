"""How a plan of `authwright apply` looks: what comes, what goes, what becomes another."""

from collections.abc import Iterable, Iterator
from typing import Final

from authwright.idp.cli import terminal
from authwright.idp.desired_state.change import Action, Change
from authwright.idp.desired_state.difference import Difference
from authwright.idp.desired_state.plan import Plan

_SIGN: Final = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_COLOUR: Final = {
    Action.CREATE: terminal.good,
    Action.UPDATE: terminal.changed,
    Action.DELETE: terminal.bad,
}
_DONE: Final = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
_KIND: Final = 8
_INDENT: Final = " " * (4 + _KIND)


def plan_lines(plan: Plan, *, undeclared: bool = True) -> Iterator[str]:
    """Every change with its differences, and what is left alone."""
    for change in plan.changes:
        colour = _COLOUR[change.action]
        name = terminal.printable(change.name)
        yield f"  {colour(_SIGN[change.action])} {change.kind.ljust(_KIND)}{terminal.bold(name)}"
        yield from _difference_lines(change.differences)
    for kind, name in plan.undeclared if undeclared else ():
        note = terminal.faint(f"  {kind.ljust(_KIND)}{terminal.printable(name)}   not in the file; kept")
        yield f"  {note}"


def summary(changes: Iterable[Change], unchanged: int) -> str:
    """In numbers: ``2 created, 1 updated, 5 unchanged``."""
    counts = dict.fromkeys(Action, 0)
    for change in changes:
        counts[change.action] += 1
    parts = [f"{count} {_DONE[action]}" for action, count in counts.items() if count]
    return ", ".join([*parts, f"{unchanged} unchanged"] if unchanged or not parts else parts)


def _difference_lines(differences: tuple[Difference, ...]) -> Iterator[str]:
    column = max((len(each.key) for each in differences), default=0) + 2
    for each in differences:
        signed = [
            *(terminal.bad("- ") + terminal.printable(word) for word in each.removed),
            *(terminal.good("+ ") + terminal.printable(word) for word in each.added),
        ]
        for number, word in enumerate(signed):
            key = each.key if number == 0 else ""
            yield f"{_INDENT}{terminal.faint(key.ljust(column))}{word}"
