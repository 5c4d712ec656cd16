"""
The number that tells whether clients and resources have changed.

They are read at every request and change rarely, so a node remembers them for as long as this number stands.
Every statement that changes one of them is accompanied by `CHANGED`, in the same transaction.
"""

from typing import Final

from authwright.idp.storage.statement import Statement

VERSION: Final = "SELECT version FROM registry_version"

CHANGED: Final = Statement("UPDATE registry_version SET version = version + 1", {})
