"""docs/specs.py: what it takes for a citation, and that the page is current."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docs" / "specs.py"


@pytest.fixture(scope="module")
def specs():
    spec = importlib.util.spec_from_file_location("docs_specs", SCRIPT)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A code, :rfc:`6749#section-4.1.3`.", [("6749", "4.1.3")]),
        (":rfc:`3986#appendix-A` and :rfc:`8414`", [("3986", "A"), ("8414", "")]),
        ("MUST, RFC 6749 §4.1.3.", [("6749", "4.1.3")]),
        ("RFC 6749 appendix B", [("6749", "B")]),
        ("RFC 7515 says so", [("7515", "")]),
        (":rfc:`8725#section-3.4`, §3.5; §3.6", [("8725", "3.4"), ("8725", "3.5"), ("8725", "3.6")]),
        ("OpenID Connect Core §3.1.2.1, Discovery §4.", [("Core", "3.1.2.1"), ("Discovery", "4")]),
        ("OpenID Connect RP-Initiated Logout 1.0, §3", [("RP-Initiated Logout", "3")]),
        ("OpenID Connect RP-Initiated Logout 1.0.", [("RP-Initiated Logout", "")]),
        ("Core §2, also in a\nline that\nis broken: RFC 6750\n§3.1", [("Core", "2"), ("6750", "3.1")]),
        ("Core principles; Discovery is a series", []),
        ("SECURITY §2.4, case 70; NIST SP 800-63B-4 §3.1.1.2", []),
        ("RFC 9110 §8.3.2 and SECURITY §4", [("9110", "8.3.2")]),
        ("§2.2: of nothing that is named", []),
    ],
)  # fmt: skip
def test_citations(specs, text, found):
    """Each form that docstrings use, and nothing of other documents."""
    assert [(each.specification, each.number) for each in specs.citations(text, None)] == found


def test_a_section_alone_is_of_what_the_file_is_about(specs, tmp_path):
    """Of the directory's specification, or of the first in the module's docstring."""
    (tmp_path / "spec" / "rfc7009").mkdir(parents=True)
    test = tmp_path / "spec" / "rfc7009" / "test_revocation.py"
    test.write_text('def test_it():\n    """§2.2, RFC 6749 §5.2."""\n')
    module = tmp_path / "introspection.py"
    module.write_text('"""Introspection, :rfc:`7662`."""\n\nX = 1  # §2.1 makes it\n# so; §2.2 too\n')
    assert specs.sections_of(test) == {specs.Section("7009", "2.2"), specs.Section("6749", "5.2")}
    assert specs.sections_of(module) == {specs.Section("7662", number) for number in ("", "2.1", "2.2")}


def test_addresses(specs):
    """Where the section is to be read."""
    assert specs.Section("6749", "4.1").url == "https://www.rfc-editor.org/rfc/rfc6749#section-4.1"
    assert specs.Section("6749", "A").url == "https://www.rfc-editor.org/rfc/rfc6749#appendix-A"
    core = "https://openid.net/specs/openid-connect-core-1_0.html"
    assert specs.Section("Core", "").url == core
    assert specs.Section("Core", "2").url == f"{core}#rfc.section.2"


def test_the_page_is_current(specs):
    """`python docs/specs.py` renews it."""
    assert specs.PAGE.read_text(encoding="utf-8") == specs.page()
