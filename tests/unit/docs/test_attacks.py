"""docs/attacks.md: what it names is there, and no row is without a test or a reason."""

import ast
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "attacks.md"
LINK = r"\[((?:Test\w+\.)?test_\w+)\]\(([^()]+)\)"
LINES = PAGE.read_text(encoding="utf-8").splitlines()
ROWS = [line.strip("| ").split(" | ") for line in LINES if line.startswith("| ") and line[2] != "|"]
NAMED = {link for *_, shown in ROWS for link in re.findall(LINK, shown)}


def functions_of(path):
    """The names of the test functions of a file; those of a class after its name."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    body = ast.parse(path.read_text(encoding="utf-8")).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    return {node.name for node in body if isinstance(node, functions)} | {
        f"{each.name}.{node.name}" for each in classes for node in each.body if isinstance(node, functions)
    }


@pytest.mark.parametrize("address", sorted({address for _, address in NAMED}))
def test_every_test_that_is_named_exists(address):
    """A file of tests, and functions of that file."""
    path = (PAGE.parent / address).resolve()
    assert path.is_relative_to(PAGE.parents[1] / "tests")
    assert path.is_file()
    assert {name for name, of in NAMED if of == address} <= functions_of(path)


def test_rows_are_numbered():
    """Numbers are what others cite: none is missing, and none is there twice."""
    assert len(ROWS) >= 100
    assert [number for number, *_ in ROWS] == [str(number + 1) for number in range(len(ROWS))]


@pytest.mark.parametrize(("number", "attack", "advisories", "shown"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_tests_or_says_why_there_are_none(number, attack, advisories, shown):
    """After the reason, if there is one, links and nothing else; advisories are CVEs and GHSAs."""
    assert attack
    assert re.fullmatch(rf"(not offered: [^\[\]]+)?({LINK}(, |$))*", shown), number
    assert re.fullmatch(r"none|((CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3})(, |$))+", advisories), number
