"""What a command says when it cannot do what was asked."""

import errno
import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_INSUFFICIENT_PRIVILEGE: Final = "42501"
"""SQLSTATE of PostgreSQL; one role may migrate and another serve (docs/operations/production.md)."""


class Problem(StrEnum):
    """Codes of these errors; each has its line in docs/reference/commands.md."""

    PORT_IN_USE = "AW401"
    NO_SERVER = "AW402"
    FILE_EXISTS = "AW403"
    NOT_FOUND = "AW404"
    ALREADY_EXISTS = "AW405"
    TOKEN_REFUSED = "AW406"
    SIGN_IN_REFUSED = "AW407"
    PASSWORD_REFUSED = "AW408"
    NOT_POSSIBLE = "AW409"
    UNREADABLE_FILE = "AW410"
    STORAGE_UNAVAILABLE = "AW411"
    SCHEMA_TOO_NEW = "AW412"
    NOT_READY = "AW413"
    PUBLIC_ADDRESS = "AW414"
    DATABASE_NOT_EMPTY = "AW415"
    SCHEMA_NOT_CURRENT = "AW416"
    COPY_DIFFERS = "AW417"
    NOT_A_BACKUP = "AW418"


@dataclass(frozen=True, slots=True)
class Failure:
    """
    What is shown on standard error. *what* is the sentence to begin with; *write* is the command to run or
    the line to write. No secret, and nothing with control characters.
    """

    code: str
    what: str
    received: str | None
    expected: str
    write: str
    exit_code: int = 1


class CommandFailed(Exception):
    """A command ends here, with *failure*."""

    def __init__(
        self,
        problem: Problem,
        what: str,
        *,
        received: str | None,
        expected: str,
        write: str,
        exit_code: int = 1,
    ) -> None:
        super().__init__(f"{problem} {what}")
        self.failure = Failure(problem.value, what, received, expected, write, exit_code)


def not_found(what: str, name: str, known: Iterable[str], *, expected: str, write: str) -> CommandFailed:
    """*what* says that there is nothing of the *name*; the nearest of those that are *known* is named."""
    from authwright.idp.shown_in_errors import nearest, shown

    near = nearest(name, known)
    return CommandFailed(
        Problem.NOT_FOUND,
        what,
        received=shown(name),
        expected=expected + (f"; the nearest is {near}" if near else ""),
        write=write,
    )


def no_answer(received: str) -> CommandFailed:
    """The issuer that a command was to speak to does not answer."""
    return CommandFailed(
        Problem.NO_SERVER,
        "the issuer does not answer",
        received=received,
        expected="a server at the issuer's address",
        write="authwright dev   in another terminal, or --issuer with the address of yours",
    )


def failure_of(error: Exception) -> Failure | None:
    """The failure that *error* means to whoever called the command; None for a bug."""
    if isinstance(error, CommandFailed):
        return error.failure
    return (
        _of_declaration(error)
        or _of_listening(error)
        or _of_storage(error)
        or _of_copying(error)
        or _of_exchange(error)
        or _of_file(error)
    )


# Each imports what it names, so that a command that succeeds does not wait for them.


def _of_declaration(error: Exception) -> Failure | None:
    from authwright.idp.configuration_error import ConfigurationError
    from authwright.idp.desired_state.declaration_error import DeclarationError

    match error:
        case ConfigurationError():
            what = f"the setting {error.setting}"
            return Failure(error.problem.value, what, error.received, error.expected, error.write, 2)
        case DeclarationError():
            return Failure(error.problem.value, error.where, error.received, error.expected, error.write, 2)
        case _:
            return None


def _of_listening(error: Exception) -> Failure | None:
    from authwright.idp.serving.listening import CannotListen, NoSuchAddress

    if not isinstance(error, CannotListen):
        return None
    exit_code = 2 if isinstance(error, NoSuchAddress) else 1
    return Failure(
        Problem.PORT_IN_USE.value, error.what, error.received, error.expected, error.write, exit_code
    )


def _of_storage(error: Exception) -> Failure | None:
    from authwright.authorization_server.storage import StorageUnavailable
    from authwright.idp.storage.schema import SchemaTooNew

    match error:
        case SchemaTooNew():
            return Failure(
                Problem.SCHEMA_TOO_NEW.value,
                "the database is of a newer release",
                f"schema version {error.found}",
                f"version {error.expected} or lower; schemas go forward only",
                "pip install --upgrade authwright",
            )
        case StorageUnavailable():
            return Failure(
                Problem.STORAGE_UNAVAILABLE.value,
                "the database cannot be used",
                # The cause on one line: libpq breaks its lines, and indents them.
                f"{error} ({' '.join(str(error.__cause__).split())})" if error.__cause__ else str(error),
                "a database that can be read and written: on a disk with space, or at a server that answers",
                "authwright migrate   as the role that owns the tables (AUTHWRIGHT_DATABASE_URL)"
                if getattr(error.__cause__, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE
                else "authwright check   shows where it is",
            )
        case _:
            return None


def _of_copying(error: Exception) -> Failure | None:
    from authwright.idp.storage.copying import copy, ends

    match error:
        case ends.TargetNotEmpty():
            return Failure(
                Problem.DATABASE_NOT_EMPTY.value,
                "the database to write to is in use",
                f"rows in the table {error.table}",
                "a database that nothing was ever put into, nor a server started on: nothing is overwritten",
                "another database; authwright backup FILE   first, if that one is to be emptied",
            )
        case ends.SchemaNotCurrent():
            return Failure(
                Problem.SCHEMA_NOT_CURRENT.value,
                "the database is of an older release",
                f"schema version {error.found}",
                f"version {error.expected}, this release's",
                "authwright migrate   with settings that name this database",
            )
        case copy.CopyDiffers():
            return Failure(
                Problem.COPY_DIFFERS.value,
                "what was written is not what was read",
                f"another digest of the table {error.table}; nothing of the copy was kept",
                "a disk, memory and a database that give back what they were given",
                "the same command again; if it fails again, not on this machine",
            )
        case _:
            return _of_backup(error)


def _of_backup(error: Exception) -> Failure | None:
    from authwright.idp.storage.copying import backup

    match error:
        case backup.NotABackup():
            return Failure(
                Problem.NOT_A_BACKUP.value,
                "the file is no backup",
                f"{error} ({error.__cause__})" if error.__cause__ else str(error),
                "a file that `authwright backup` made",
                "authwright storage copy SOURCE_URL TARGET_URL   for a database",
            )
        case backup.BackupOfAnotherRelease():
            return Failure(
                Problem.SCHEMA_NOT_CURRENT.value,
                "the backup is of an older release",
                f"a backup made by authwright {error.release}",
                "a backup with this release's schema",
                f"pip install authwright=={error.release}, then restore, then upgrade",
            )
        case backup.BackupDamaged():
            return Failure(
                Problem.COPY_DIFFERS.value,
                "the backup is damaged, or was written to",
                f"another digest of the table {error.table}; nothing of it was kept",
                "what was put into it when it was made",
                "authwright restore   with an earlier backup, or another copy of this one",
            )
        case _:
            return None


def _of_exchange(error: Exception) -> Failure | None:
    from authwright.client.errors import ClientError, ErrorResponse
    from authwright.transport import TransportError

    match error:
        case TransportError():
            return no_answer(error.detail).failure
        case ErrorResponse():
            received = error.error + (f": {error.error_description}" if error.error_description else "")
            problem = error.problem
            return Failure(
                Problem.TOKEN_REFUSED.value,
                problem.description,
                received,
                f"a request that the server grants. {problem.likely_cause}",
                f"{problem.change} The server's log has the reason.",
            )
        case ClientError():
            return Failure(
                Problem.TOKEN_REFUSED.value,
                error.detail,
                None if error.received is None else str(error.received),
                str(error.expected or error.problem.likely_cause),
                error.problem.change,
            )
        case _:
            return None


def _of_file(error: Exception) -> Failure | None:
    if not isinstance(error, OSError):
        return None
    if error.errno == errno.ENOSPC and error.filename is None:
        return Failure(
            Problem.UNREADABLE_FILE.value,
            "the output cannot be written",
            error.strerror,
            "a place with space for what the command says; what it was asked to do may be done",
            "df -h   shows which disk is full",
        )
    if not isinstance(error.filename, str | Path):
        return None
    return Failure(
        Problem.UNREADABLE_FILE.value,
        "a file cannot be used",
        f"{error.filename}: {error.strerror}",
        "a file or directory that this user may read and write",
        _way_to(Path(error.filename)),
    )


def _way_to(file: Path) -> str:
    """The command that shows who may use *file*, or makes the directory that it is to be in."""
    if os.path.lexists(file):  # which, unlike `Path.exists`, raises nothing
        return f"ls -ld {shlex.quote(str(file))}   shows whose it is"
    directory = shlex.quote(str(file.parent))
    if not os.path.lexists(file.parent):
        return f"mkdir -p {directory}   if the path is right"
    return f"ls -ld {directory}   shows who may write there"
