"""
The schema's versions: numbered SQL files, one series for each kind of database, and going forward only.

A number means the same step in both series, so that a realm that is copied from one to the other
stays at its version.
"""

import re
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

Database = Literal["sqlite", "postgresql"]

_FILE_NAME: Final = re.compile(r"(?P<version>\d{4})_(?P<name>\w+)\.sql")


class SchemaTooNew(Exception):
    """The database was written by a newer release, which may mean by a row what this one does not know."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"The database has schema version {found}; this release of authwright knows versions up to "
            f"{expected}. Schemas go forward only: install the release that wrote the database, or a later "
            "one, or restore the backup made before the upgrade."
        )
        self.found = found
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward: what it is called, and its SQL."""

    version: int
    name: str
    sql: str


def migrations(database: Database) -> tuple[Migration, ...]:
    """All steps that this release knows for *database*, in order. Reads the package's own files."""
    found = [
        Migration(int(match["version"]), match["name"], file.read_text(encoding="utf-8"))
        for file in resources.files(__name__).joinpath(database).iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.version))


def pending(found: int, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """
    The steps of *known* that a database at version *found* has not taken yet.

    Raises `SchemaTooNew` when it has taken one that is not known.
    """
    expected = known[-1].version
    if found > expected:
        raise SchemaTooNew(found, expected)
    return tuple(migration for migration in known if migration.version > found)
