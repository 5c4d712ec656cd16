"""What README.md and docs/operations tell somebody to write can be written."""

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from authwright.idp.cli.command_line import authwright

ROOT = Path(__file__).parents[3]
OPERATIONS = ROOT / "docs" / "operations"
PAGES = [ROOT / "README.md", *sorted(OPERATIONS.glob("*.md"))]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL)


def calls():
    """The arguments of every `authwright` in a console block, with its page."""
    for page in TEXTS:
        for block in blocks(page, "console"):
            for line in re.findall(r"^[$#] (.*?)(?:  +#.*)?$", block, re.MULTILINE):
                for call in re.findall(r"(?<![-\w.])authwright ([a-z][^)\n]*)", line):
                    yield page, call.partition('"')[0].strip()


@pytest.mark.parametrize(("page", "call"), sorted(set(calls())))
def test_commands_and_their_options_are_there(page, call):
    """A page that is copied must not end in "no such option"."""
    words = shlex.split(call)
    found = authwright.get_command(click.Context(authwright), words[0])
    assert found is not None, call
    rest = words[1:]
    if isinstance(found, click.Group):
        found, rest = found.commands[rest[0]], rest[1:]
    known = {option for parameter in found.params for option in parameter.opts}
    used = {word for word in rest if word.startswith("--")}
    assert used <= known


@pytest.mark.parametrize("page", TEXTS)
def test_examples_import_the_classes_that_they_use(page):
    """What is copied into a module must not end in a NameError."""
    for block in blocks(page, "python"):
        nodes = list(ast.walk(ast.parse(block)))
        imported = {
            name.asname or name.name
            for node in nodes
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }
        bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        used = {node.id for node in nodes if isinstance(node, ast.Name) and node.id[:1].isupper()}
        assert used <= imported | bound


@pytest.mark.parametrize(
    ("page", "directory"),
    [("production.md", "/var/lib/authwright"), ("backup-and-restore.md", "/var/backups/authwright")],
)
def test_a_directory_is_made_before_anything_is_put_into_it(page, directory):
    """`mv` to a directory that is not there makes a file of its name."""
    made = re.search(rf"^# install -d .* {directory}$", TEXTS[page], re.MULTILINE)
    assert made is not None
    put = re.search(rf"^# mv .* {directory}/|^ExecStart=.*{directory}/", TEXTS[page], re.MULTILINE)
    assert put is not None


@pytest.mark.parametrize(
    "unit", sorted((OPERATIONS / "examples").glob("*.service")), ids=lambda path: path.name
)
def test_a_unit_calls_the_program_by_its_path(unit):
    """systemd looks for programs in the system's directories alone."""
    start = re.search(r"^ExecStart=.*$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"\S*authwright (?:serve|backup)", start[0])[0].startswith(("ExecStart=/opt/", "/opt/"))


def test_units_of_the_pages_are_files_that_are_tested():
    """Those of the backup too."""
    named = re.findall(r"/etc/systemd/system/(authwright\S*\.(?:service|timer))", "".join(TEXTS.values()))
    assert {"authwright.service", "authwright-backup.service", "authwright-backup.timer"} == set(named)
    assert all((OPERATIONS / "examples" / name).is_file() for name in named)
