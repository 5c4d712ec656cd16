"""authwright.idp.cli.command_line: every command is there, starts fast, and fails with one message."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from psycopg.errors import InsufficientPrivilege

from authwright.authorization_server.storage import StorageUnavailable
from authwright.client import problems
from authwright.client.errors import ErrorResponse, InvalidResponse
from authwright.idp.cli import command_line, reference
from authwright.idp.cli.command_line import authwright, run
from authwright.idp.cli.failure import CommandFailed, Problem, failure_of
from authwright.idp.configuration_error import ConfigurationError
from authwright.idp.configuration_error import Problem as ConfigurationProblem
from authwright.idp.desired_state.declaration_error import Problem as DeclarationProblem
from authwright.idp.storage.schema import SchemaTooNew
from authwright.transport import ConnectionFailed

COMMANDS = sorted(command_line._COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_list_is_there_and_helps(name, capsys):
    """The list is written by hand so that --help imports nothing; this keeps it true."""
    context = click.Context(authwright)
    found = authwright.get_command(context, name)
    assert found is not None
    assert found.name == name
    assert found.help
    assert run([name, "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


def subcommands():
    context = click.Context(authwright)
    for name in COMMANDS:
        found = authwright.get_command(context, name)
        if isinstance(found, click.Group):
            yield from ((name, each) for each in found.commands)


@pytest.mark.parametrize(("group", "name"), list(subcommands()))
def test_every_subcommand_helps(group, name, capsys):
    """Each says what it does."""
    assert run([group, name, "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


@pytest.mark.parametrize("group", [name for name, line in command_line._COMMANDS.items() if ": " in line])
def test_the_line_of_a_group_names_all_of_its_commands(group):
    """Whoever looks for a command finds it there, or believes that there is none."""
    found = authwright.get_command(click.Context(authwright), group)
    if isinstance(found, click.Group):
        listed = command_line._COMMANDS[group].partition(": ")[2].rstrip(".").split(", ")
        assert sorted(listed) == sorted(found.commands)


def test_the_help_lists_all_commands(capsys):
    """One line each."""
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_nothing_heavy_is_imported_for_it(arguments):
    """A shell prompt that asks for the version must not wait for a web server."""
    code = (
        "import sys; from authwright.idp.cli.command_line import run; "
        f"run({arguments!r}); "
        "print(sorted({'uvicorn', 'starlette', 'cryptography', 'httpcore2', 'sqlite3', 'asyncio'} "
        "& set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_explaining_needs_no_server(tmp_path):
    """`explain` imports neither the web server nor the storage."""
    code = (
        "import sys; from authwright.idp.cli.command_line import run; "
        "run(['explain', 'not-a-token']); "
        "print(sorted({'uvicorn', 'starlette', 'jinja2', 'argon2', 'sqlite3'} "
        "& set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tokne"], "token"),
        (["token", "--clinet", "x"], "--client"),
        (["token"], "--as"),
        (["explain", ""], "empty"),
        (["new"], "fastapi"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_was_meant(arguments, words, capsys):
    """Exit code 2, and help that names the nearest."""
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err + captured.out


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (
            CommandFailed(Problem.NOT_FOUND, "no", received="a", expected="b", write="c"),
            "AW404",
            1,
        ),
        (
            ConfigurationError(
                ConfigurationProblem.MISSING, "issuer", received=None, expected="a URL", write="issuer = …"
            ),
            ConfigurationProblem.MISSING.value,
            2,
        ),
        (StorageUnavailable("disk full"), "AW411", 1),
        (SchemaTooNew(9, 1), "AW412", 1),
        (ConnectionFailed("nobody there"), "AW402", 1),
        (ErrorResponse(problems.TOKEN_REFUSED, "invalid_scope"), "AW406", 1),
        (InvalidResponse(problems.STATE_MISMATCH), "AW406", 1),
        (PermissionError(13, "Permission denied", "/x"), "AW410", 1),
    ],
)
def test_what_goes_wrong_has_a_code(error, code, exit_code):
    """Every expected error becomes one message; a bug does not pass for one."""
    failure = failure_of(error)
    assert (failure.code, failure.exit_code) == (code, exit_code)
    assert failure.expected
    assert failure.write


@pytest.mark.parametrize(
    ("path", "write"),
    [
        ("here/nowhere/a/b.db", "mkdir -p {}/here/nowhere/a"),
        ("here/missing", "ls -ld {}/here"),
        ("here/there", "ls -ld {}/here/there"),
    ],
)
def test_a_file_that_cannot_be_used_leads_to_what_is_there(tmp_path, path, write):
    """`ls` of what does not exist would be the second error about the first."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here/there").touch()
    failure = failure_of(PermissionError(13, "Permission denied", str(tmp_path / path)))
    assert failure.write.partition("   ")[0] == write.format(tmp_path)


def test_an_output_that_is_full_is_no_bug():
    """The report of a backup, say, into a file on the disk that the backup has filled."""
    code = "import sys; from authwright.idp.cli import main; sys.argv[1:] = ['--version']; main()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error AW410")
    assert b"Traceback" not in done.stderr


def test_an_interruption_while_the_program_is_loaded_is_no_bug():
    """Ctrl-C in the first tenths of a second, before anything hears it."""
    code = """
import sys
class Interrupted:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from authwright.idp.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nStopped.\n")


def test_what_the_database_said_is_on_one_line():
    """libpq breaks its lines and indents them."""
    error = StorageUnavailable("no connection")
    error.__cause__ = OSError("refused\n\tIs it running?")
    assert failure_of(error).received == "no connection (refused Is it running?)"


def test_a_role_that_may_not_make_tables_is_sent_to_the_owner():
    """The serving role of docs/operations/production.md, before the owner has migrated."""
    error = StorageUnavailable("no tables")
    error.__cause__ = InsufficientPrivilege("permission denied for schema public")
    assert failure_of(error).write.startswith("authwright migrate   ")


@pytest.mark.parametrize("bug", [ValueError("bug"), KeyError("bug"), OSError("bug")])
def test_a_bug_is_not_dressed_up_as_a_failure(bug):
    """A traceback is what helps then."""
    assert failure_of(bug) is None


def test_without_the_extra_the_command_says_what_to_install():
    """`pip install authwright` brings the script but not click."""
    code = "import sys; sys.modules['click'] = None; from authwright.idp.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == "authwright: the command line is an extra. Write: pip install 'authwright[idp]'"
    )


def test_the_reference_says_what_there_is():
    """docs/reference/commands.md is rendered from the commands; every code has its line."""
    page = (Path(__file__).parents[4] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert page == reference.render(), "run: python -m authwright.idp.cli.reference FILE"
    for code in (*Problem, *DeclarationProblem):
        assert f"| {code} | " in page
