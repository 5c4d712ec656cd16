"""authwright.idp.cli.healthcheck: an address that is none is wrong usage, and not a server that is ill."""

import pytest

from support.cli import in_process


@pytest.mark.parametrize(
    "url", ["http://[", "http://localhost:99999", "http://localhost:x", "https://localhost", "x"]
)
def test_an_address_that_is_none_is_wrong_usage(tmp_path, url):
    """Exit code 2, so that a container is not restarted for it again and again without a reason."""
    done = in_process("healthcheck", "--url", url, cwd=tmp_path)
    assert done.code == 2
    assert "--url" in done.err
    assert url in done.err
