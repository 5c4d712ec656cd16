"""The table of refusals, and the page of the reference that explains it."""

import re
from pathlib import Path

import pytest

from authwright.resource_server.refusals import REFUSALS, Refused, shown

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def sections():
    """Heading and text of every code of an API."""
    parts = re.split(r"^### (AW1\d\d)(.*)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return {
        code: (title, text.partition("\n## ")[0])
        for code, title, text in zip(*[iter(parts[1:])] * 3, strict=True)
    }


def test_codes_are_unique_and_in_order():
    codes = [row.code for row in REFUSALS]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"AW1\d\d", code) for code in codes)


def test_page_has_every_code_and_no_other():
    assert list(sections()) == [row.code for row in REFUSALS]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.code)
def test_page_is_in_step(row):
    """The page says what the answer says: status, error, description, cause and change."""
    _, text = sections()[row.code]
    flat = " ".join(text.split())
    for said in (f"{row.status}", f"`{row.error}`", row.description, row.likely_cause, row.change):
        assert said in flat


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.code)
def test_anchor(row):
    """A heading's anchor is its text in lower case: it has to be the code alone."""
    title, _ = sections()[row.code]
    assert title == ""
    assert row.documentation == f"docs/reference/errors.md#{row.code.lower()}"


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.code)
def test_descriptions_fit_a_challenge(row):
    """RFC 6750 §3: %x20-21 / %x23-5B / %x5D-7E; RFC 6455 §5.5: the reason of a close has 123 bytes."""
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", row.description)
    assert len(f"{row.code} {row.description}") <= 123
    assert row.error in {
        "missing_token",
        "invalid_request",
        "invalid_token",
        "insufficient_scope",
        "temporarily_unavailable",
    }


def test_refused_in_words():
    refused = Refused(REFUSALS[0], "a detail")
    assert str(refused).startswith("AW101 a detail. ")
    assert "received" not in str(refused)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'), (["a", 1], '["a", 1]'), ("\n\x1b\x7f\u2028é", '"\\n\\u001b\\u007f\\u2028\\u00e9"'),
        (frozenset({"a"}), "\"frozenset({'a'})\""), (None, "null"),
    ],
)  # fmt: skip
def test_shown(value, text):
    """Everything that was received comes out as ASCII without control characters."""
    assert shown(value) == text


def test_shown_is_bounded():
    assert len(shown("x" * 10_000)) == 203
