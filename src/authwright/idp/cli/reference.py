"""
docs/reference/commands.md, from the commands themselves, the keys of a declaration, and their errors.

``python -m authwright.idp.cli.reference docs/reference/commands.md`` writes it; a test compares.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, cast

import click

from authwright.idp.cli.command_line import authwright
from authwright.idp.cli.failure import Problem as Command
from authwright.idp.desired_state import api, client, group, person
from authwright.idp.desired_state.declaration_error import Problem as Declaration
from authwright.idp.desired_state.entry import Key
from authwright.oauth.scope import Scope

_INTRODUCTION: Final = """\
# Commands

Generated from `src/authwright/idp/cli` and `src/authwright/idp/desired_state`;
`python -m authwright.idp.cli.reference docs/reference/commands.md` renews it.

A command writes what it was asked for to standard output, and what is wrong to standard error, once: a code
of the end of this page, what was received, what was expected, and what to write instead. It ends with 0; with
1 when something was refused or not found; with 2 when it was called or configured wrongly. Colour is left out
where the output is no terminal, and with `NO_COLOR`.
"""

_FILE: Final = """\
## The file that apply reads

TOML with four arrays of tables: `[[api]]`, `[[client]]`, `[[group]]` and `[[user]]`. `examples/idp.toml`
shows each. What is not listed here is an error. Files that it names are relative to it. Durations are a
number with `s`, `m`, `h` or `d`.
"""

_MEANINGS: Final = {
    Declaration.NOT_TOML: "The file is not TOML. The message has the line.",
    Declaration.UNKNOWN_KEY: "There is no such key, or no such kind of thing. A misspelt one would silently "
    "do nothing.",
    Declaration.MISSING_KEY: "The key has no default and was not written.",
    Declaration.INVALID_VALUE: "The value does not have the form that the key's entry above describes.",
    Declaration.DECLARED_TWICE: "Two entries are about one thing, and the later would win unseen. Usernames "
    "count as one in every spelling.",
    Declaration.CONTRADICTION: "Two keys of a client contradict each other: what cannot work, or protects "
    "nobody.",
    Declaration.UNKNOWN_NAME: "A scope, group or client is named that does not exist, neither in the file "
    "nor at the server.",
    Declaration.UNREADABLE_SECRET: "The file of a secret is not there, is empty, or can be read by "
    "everybody on the machine.",
    Declaration.WEAK_SECRET: "The client's secret is not random, or the person's password is too easy to "
    "guess.",
    Declaration.CHANGED_MEANWHILE: "Somebody else changed the same thing between reading and writing. "
    "Nothing was changed by this command.",
    Declaration.UNREADABLE_FILE: "The file does not exist or cannot be read.",
    Command.PORT_IN_USE: "Another program listens on the port, or the address is not this machine's.",
    Command.NO_SERVER: "The issuer does not answer: it is not running, or not at this address.",
    Command.FILE_EXISTS: "A file is there already. No command overwrites one.",
    Command.NOT_FOUND: (
        "There is no such person, client, redirect URI, key or database. The message names the nearest."
    ),
    Command.ALREADY_EXISTS: "The name is taken.",
    Command.TOKEN_REFUSED: "The server refused the token request. Its log has the reason in full.",
    Command.SIGN_IN_REFUSED: "The server did not sign the person in: the password is wrong, there were too "
    "many attempts, the account is disabled, or the client cannot receive the code.",
    Command.PASSWORD_REFUSED: "There is no password, or it is too easy to guess.",
    Command.NOT_POSSIBLE: "The command does not apply to this thing, or needs an extra of the package.",
    Command.UNREADABLE_FILE: (
        "A file or directory cannot be read or written by this user, or the output's disk is full."
    ),
    Command.STORAGE_UNAVAILABLE: "The database is not one, is locked for too long, or its disk is full.",
    Command.SCHEMA_TOO_NEW: "A newer release has migrated the database. Schemas go forward only.",
    Command.NOT_READY: "The server does not answer, or cannot write.",
    Command.PUBLIC_ADDRESS: "A development server has passwords that it prints; it serves this machine "
    "alone.",
    Command.DATABASE_NOT_EMPTY: "A copy or a restore goes into a database that has nothing yet. Nothing was "
    "changed.",
    Command.SCHEMA_NOT_CURRENT: "The database or the backup was made by an older release; both ends of a "
    "copy have this release's schema.",
    Command.COPY_DIFFERS: "What was read again has another digest than what was written, or than what the "
    "backup says of itself: damaged, or changed by hand. Nothing of it was kept.",
    Command.NOT_A_BACKUP: "The file was not made by `authwright backup`.",
}
"""Every code, in order."""


def render() -> str:
    """The whole page."""
    commands = "\n".join(_commands())
    kinds = (("api", api.KEYS), ("client", client.KEYS), ("group", group.KEYS), ("user", person.KEYS))
    tables = "\n".join(f"### [[{name}]]\n\n{_keys(keys)}" for name, keys in kinds)
    errors = "\n".join(f"| {code} | {meaning} |" for code, meaning in _MEANINGS.items())
    return (
        f"{_INTRODUCTION}\n{commands}\n{_FILE}\n{tables}\n## Errors\n\n"
        "Of settings (AW5nn): [settings](settings.md#errors). Of tokens (AW1nn): [errors](errors.md).\n\n"
        f"| code | what it means |\n| --- | --- |\n{errors}\n"
    )


def _commands() -> Iterator[str]:
    context = click.Context(authwright, info_name="authwright")
    for name in authwright.list_commands(context):
        command = authwright.get_command(context, name)
        if isinstance(command, click.Group):
            within = click.Context(command, parent=context, info_name=name)
            for each in command.commands.values():
                yield _entry(each, within)
        elif command is not None:
            yield _entry(command, context)


def _entry(command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, parent=parent, info_name=command.name)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    records = [
        option.get_help_record(context) for option in command.params if isinstance(option, click.Option)
    ]
    listed = "\n".join(f"- `{record[0]}`: {record[1]}" for record in records if record is not None)
    prose = _prose(inspect.cleandoc(command.help or ""))
    return f"## {context.command_path}\n\n```\n{usage}\n```\n\n{prose}\n" + (
        f"\n{listed}\n" if listed else ""
    )


def _prose(help_text: str) -> str:
    """A help text as Markdown: what click is told not to wrap is an example."""
    paragraphs: list[str] = []
    for paragraph in help_text.split("\n\n"):
        if paragraph.startswith("\b\n"):
            lines = inspect.cleandoc(paragraph.removeprefix("\b"))
            paragraphs.append(f"```console\n{lines}\n```")
        else:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)


def _keys(keys: tuple[Key, ...]) -> str:
    rows = "\n".join(
        f"| `{key.name}` | {key.expected} | {_default(key)} | `{key.name} = {key.example}` |" for key in keys
    )
    return f"| key | expected | default | example |\n| --- | --- | --- | --- |\n{rows}\n"


def _default(key: Key) -> str:
    default: object = key.default
    match default:
        case None:
            return ""
        case bool():
            return "`true`" if default else "`false`"
        case str() | Scope():
            return f"`{default}`"
        case frozenset() | tuple():
            values = cast("Iterable[str]", default)
            return ", ".join(f"`{each}`" for each in sorted(values))
        case _:
            return "required"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
