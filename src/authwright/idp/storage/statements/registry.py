"""
The number that tells whether clients, APIs or signing keys have changed.

They are needed at every request and change rarely, so a node remembers them for as long as this number
stands (`registry_memory`, and the keyring). Every write that changes one of them is accompanied by `CHANGED`,
in the same transaction, so the number is right on every node.

SQLite's own ``PRAGMA data_version`` would not do: it changes with every commit of whatever kind, and under
load there is one between any two requests.
"""

from typing import Final

from authwright.authorization_server.writes import (
    DeleteClient,
    DeleteProtectedResource,
    SaveClient,
    SaveProtectedResource,
)
from authwright.idp.storage.statement import Statement
from authwright.idp.writes import AddSigningKey, DeleteSigningKey

VERSION: Final = "SELECT version FROM registry_version"

CHANGED: Final = Statement("UPDATE registry_version SET version = version + 1", {})
"""
The first statement of each of them. Its one row is also the lock that lets them come one after the other, so
that a guard that looks at the newest signing key looks at what the one before has committed.
"""

CHANGED_BY: Final = (
    SaveClient,
    DeleteClient,
    SaveProtectedResource,
    DeleteProtectedResource,
    AddSigningKey,
    DeleteSigningKey,
)
"""The writes that begin with `CHANGED`."""
