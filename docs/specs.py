"""
docs/specs.md: which module implements which section of a specification, and which test file tests it.

``python docs/specs.py`` writes it; a test compares. It is read off the docstrings and comments, so it is as
true as they are: a module cites what it implements, a test what it requires.

A section is cited as ``:rfc:`6749#section-4.1.3` ``, as RFC 6749 §4.1.3, or as OpenID Connect Core §3.1.2.
One that names no specification is of the one that was last named before it in the same docstring or comment;
else of the directory's (``tests/spec/rfc6749``), or of the first that the module's docstring names.
"""  # noqa: INP001 - a script beside what it writes

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "specs.md"
_SOURCES: Final = ROOT / "src" / "authwright"
_TESTS: Final = ROOT / "tests"

_OPENID: Final = {
    "Core": "openid-connect-core-1_0",
    "Discovery": "openid-connect-discovery-1_0",
    "Dynamic Client Registration": "openid-connect-registration-1_0",
    "RP-Initiated Logout": "openid-connect-rpinitiated-1_0",
    "Front-Channel Logout": "openid-connect-frontchannel-1_0",
    "Back-Channel Logout": "openid-connect-backchannel-1_0",
}
_DIRECTORIES: Final = {"oidc_core": "Core", "oidc_logout": "RP-Initiated Logout"}

_SECTION: Final = r"[0-9]+(?:\.[0-9]+)*|[A-H](?:\.[0-9]+)*"
_NAMES: Final = "|".join(name.replace(" ", "[ ]") for name in _OPENID)
_CITATION: Final = re.compile(
    r":rfc:`(?P<role>[0-9]+)(?:\#(?:section|appendix)-(?P<role_section>[0-9A-Z.]+))?`"
    r"|RFC[ ](?P<rfc>[0-9]{3,4})"
    rf"|(?:OpenID[ ]Connect[ ](?P<openid>{_NAMES})|(?P<short>{_NAMES})(?=(?:[ ]1\.0)?[ ]§))"
    # Documents of other houses, and our own: what follows them is not a section of the specification before.
    r"|(?P<other>(?:SECURITY|STANDARDS|ARCHITECTURE|NIST[ ]SP[ ][0-9A-Za-z-]+(?:[ ]rev\.[ ]2)?|UTS[ ]\#39))"
    rf"|(?:§|\bappendix[ ])(?P<section>{_SECTION})",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, order=True)
class Section:
    """*number* is "" where a specification is cited as a whole."""

    specification: str
    number: str

    @property
    def is_rfc(self) -> bool:
        """Else it is the short name of a specification of the OpenID Foundation."""
        return self.specification.isdigit()

    @property
    def url(self) -> str:
        """Where to read it."""
        if not self.is_rfc:
            page = f"https://openid.net/specs/{_OPENID[self.specification]}.html"
            return f"{page}#rfc.section.{self.number}" if self.number else page
        page = f"https://www.rfc-editor.org/rfc/rfc{self.specification}"
        kind = "section" if self.number[:1].isdigit() else "appendix"
        return f"{page}#{kind}-{self.number}" if self.number else page


def texts(source: str) -> Iterator[str]:
    """The docstrings of *source*, that of the module first, and its comments, runs of lines as one."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text
            case _:
                pass
    run: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            if line != last + 1 and run:
                yield " ".join(run)
                run = []
            run.append(token.string.lstrip("# "))
            last = line
    if run:
        yield " ".join(run)


def citations(text: str, specification: str | None) -> Iterator[Section]:
    """The sections that *text* cites; *specification* is that of a section that names none."""
    whole: Section | None = None
    for found in _CITATION.finditer(" ".join(text.split())):
        if found["section"] is None and whole is not None:
            yield whole
        whole = None
        if found["role"] is not None:
            specification = str(found["role"])
            yield Section(specification, found["role_section"] or "")
        elif found["other"] is not None:
            specification = None
        elif found["section"] is not None:
            if specification is not None:
                yield Section(specification, found["section"])
        else:
            specification = str(found["rfc"] or found["openid"] or found["short"])
            whole = Section(specification, "")
    if whole is not None:
        yield whole


def sections_of(path: Path) -> set[Section]:
    """What the file at *path* cites."""
    written = [*texts(path.read_text(encoding="utf-8"))]
    specification = _specification_of(path)
    if specification is None and written:
        first = next(citations(written[0], None), None)
        specification = None if first is None else first.specification
    return {section for text in written for section in citations(text, specification)}


def _specification_of(path: Path) -> str | None:
    """The one whose directory the test at *path* is in."""
    directory = path.parent.name
    if path.parent.parent.name != "spec":
        return None
    return _DIRECTORIES.get(directory) or directory.removeprefix("rfc")


def page() -> str:
    """The text of docs/specs.md."""
    modules: defaultdict[Section, list[Path]] = defaultdict(list)
    tests: defaultdict[Section, list[Path]] = defaultdict(list)
    for table, root in ((modules, _SOURCES), (tests, _TESTS)):
        for path in sorted(root.rglob("*.py")):
            if "node_modules" not in path.parts:
                for section in sections_of(path):
                    table[section].append(path)
    lines = [_INTRODUCTION]
    cited = sorted({*modules, *tests}, key=_in_order)
    for specification in dict.fromkeys(section.specification for section in cited):
        whole = Section(specification, "")
        name = f"RFC {specification}" if whole.is_rfc else f"OpenID Connect {specification} 1.0"
        lines += [
            "",
            f"## [{name}]({whole.url})",
            "",
            "| Section | Implemented in | Tested in |",
            "|---|---|---|",
        ]
        for section in cited:
            if section.specification == specification:
                shown = f"[{section.number}]({section.url})" if section.number else "as a whole"
                lines.append(f"| {shown} | {_links(modules[section])} | {_links(tests[section])} |")
    return "\n".join(lines) + "\n"


def _in_order(section: Section) -> tuple[bool, int, str, list[tuple[bool, int, str]]]:
    """RFCs by number, then the others by name; sections as a table of contents has them."""
    parts = [
        (not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in section.number.split(".")
    ]
    number = int(section.specification) if section.is_rfc else 0
    return not section.is_rfc, number, section.specification, parts if section.number else []


def _links(paths: list[Path]) -> str:
    return ", ".join(f"[{_name(path)}](../{path.relative_to(ROOT).as_posix()})" for path in paths) or "none"


def _name(path: Path) -> str:
    inside = _SOURCES if path.is_relative_to(_SOURCES) else _TESTS
    return path.relative_to(inside).with_suffix("").as_posix()


_INTRODUCTION: Final = """\
# Specifications

Generated from the docstrings and comments of `src/` and `tests/`; `python docs/specs.py` renews it.

Which module is where a section is implemented or relied on, and which test file requires it. "None"
under "Tested in" does not say that nothing tests the module, but that no test names the section."""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
