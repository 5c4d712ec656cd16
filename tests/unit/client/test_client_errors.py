"""What a client's errors say, and what they must never say."""

import re
from pathlib import Path

import pytest

from authwright.client import ClientError, ErrorResponse, InvalidResponse, problems
from authwright.client.errors import MAX_SHOWN

TABLE = [value for value in vars(problems).values() if isinstance(value, problems.Problem)]
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def test_every_problem_has_a_code_of_its_own():
    codes = [problem.code for problem in TABLE]
    assert len(set(codes)) == len(codes) == len({problem.description for problem in TABLE})
    assert all(re.fullmatch(r"AW2[0-5][0-9]", code) for code in codes)
    assert codes == sorted(codes)


@pytest.mark.parametrize("problem", TABLE, ids=lambda problem: problem.code)
def test_a_problem_teaches(problem):
    """What was wrong, why, what to change: whole sentences, all three."""
    assert all(text.endswith(".") for text in (problem.description, problem.likely_cause, problem.change))


@pytest.mark.parametrize("problem", TABLE, ids=lambda problem: problem.code)
def test_the_reference_explains_it(problem):
    """docs/reference/errors.md has a section for each code, with the same words."""
    text = REFERENCE.read_text(encoding="utf-8")
    assert f"\n### {problem.code}\n" in text
    section = text.partition(f"### {problem.code}")[2].partition("\n### ")[0]
    for part in (problem.description, problem.likely_cause, problem.change):
        assert part in " ".join(section.split())


def test_the_text_is_one_line():
    """Nothing that was received can forge a line of the log."""
    error = InvalidResponse(
        problems.ID_TOKEN_ISSUER, received="https://evil\r\nAW000 all is well\x1b[2J", expected="https://id"
    )
    assert str(error).startswith("AW244 The ID token is from another issuer; received ")
    assert "expected 'https://id'" in str(error)
    assert str(error).isprintable()


def test_a_long_value_is_cut():
    error = InvalidResponse(problems.ID_TOKEN_ISSUER, received="x" * 10_000)
    assert len(str(error)) < MAX_SHOWN + 400


def test_the_detail_names_the_check():
    error = InvalidResponse(problems.INVALID_METADATA, detail="the metadata document is of another issuer")
    assert (error.code, error.detail) == ("AW221", "the metadata document is of another issuer")
    assert error.args == (error.detail,)
    assert InvalidResponse(problems.NOT_JSON).detail == problems.NOT_JSON.description


def test_a_refusal_shows_the_code_and_keeps_the_servers_text_apart():
    """The description is input: it is there to be shown, escaped, and not in the log line."""
    error = ErrorResponse(problems.TOKEN_REFUSED, "invalid_grant", error_description="<script>", status=400)
    assert "'invalid_grant'" in str(error)
    assert "<script>" not in str(error)
    assert isinstance(error, ClientError)
