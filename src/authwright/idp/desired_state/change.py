"""One thing that changes, and the writes that change it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from authwright.authorization_server.events import Event, EventKind
from authwright.authorization_server.ports import Entropy
from authwright.authorization_server.writes import RecordEvent
from authwright.idp.desired_state.difference import Difference
from authwright.idp.desired_state.entry import REQUIRED, Key
from authwright.idp.writes import Write
from authwright.oauth.types import Timestamp


class Action(StrEnum):
    """What happens to a thing."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """*kind* is api, client, group or user; *writes* have their audit event among them."""

    action: Action
    kind: str
    name: str
    differences: tuple[Difference, ...]
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and with what changes are made. *password_hashes* are of new people, by normal username."""

    now: Timestamp
    entropy: Entropy
    password_hashes: Mapping[str, str] = field(default_factory=dict[str, str])

    def event(self, kind: EventKind, **about: Any) -> RecordEvent:
        """The audit event of a change."""
        return RecordEvent(Event(kind, self.now, **about))

    def disabled_at(self, since: Timestamp | None, *, disabled: bool) -> Timestamp | None:
        """Since when something is disabled that was so *since*."""
        if not disabled:
            return None
        return self.now if since is None else since


def defaults(keys: Iterable[Key]) -> dict[str, Any]:
    """What a new thing is compared with: only what the declaration chose is worth showing."""
    return {key.name: None if key.default is REQUIRED else key.default for key in keys}
