"""authwright.idp.cli.token: what was written wrongly is said before anybody is asked for a token."""

import pytest

from support.cli import in_process

NOBODY = "http://localhost:1"
"""An issuer that is not there: whoever asked it would be told AW402."""


@pytest.mark.parametrize("whom", [("--client", "worker"), ("--as", "alice")])
@pytest.mark.parametrize("scope", ["items:reäd", 'items:"read"', "items:read\\"])
def test_a_scope_that_is_none_is_wrong_usage(tmp_path, whom, scope):
    """RFC 6749 §3.3: scope tokens are of printable ASCII without quotes and backslashes."""
    (tmp_path / "secret").write_text("secret")
    files = ("--secret-file", "secret", "--password-file", "secret")
    done = in_process("token", *whom, *files, "--issuer", NOBODY, "--scope", scope, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--scope" in done.err
    assert "items:read" in done.err


def test_spaces_between_scope_tokens_may_be_many(tmp_path):
    """As in `authwright client add --scope`."""
    (tmp_path / "secret").write_text("secret")
    asked = ("--client", "worker", "--secret-file", "secret", "--scope", " items:read  items:write ")
    done = in_process("token", *asked, "--issuer", NOBODY, cwd=tmp_path)
    assert done.code == 1
    assert "AW402" in done.err
    assert NOBODY in done.err
