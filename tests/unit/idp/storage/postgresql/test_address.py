"""Where the database is: what a URL leaves out is filled in safely, and the password is not shown."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from authwright.idp.storage.postgresql.address import Address
from authwright.oauth.types import Secret


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("PGHOST", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)


def parameters(url, password=None):
    return conninfo_to_dict(Address(url, password).conninfo())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.com/idp",
        "postgresql://10.0.0.1/idp",
        "postgresql://localhost,db.example.com/idp",
        "postgresql://localhost/idp?hostaddr=10.0.0.1",
    ],
)
def test_a_server_elsewhere_is_verified(url):
    """Tokens' digests, names and password hashes cross the network: to the right server, unreadable."""
    assert parameters(url)["sslmode"] == "verify-full"
    assert parameters(url)["sslrootcert"] != ""


def test_what_the_url_says_holds():
    """Weaker is possible, and written out."""
    assert parameters("postgresql://db/idp?sslmode=disable")["sslmode"] == "disable"
    given = parameters("postgresql://db/idp?sslrootcert=/ca.pem&connect_timeout=9")
    assert (given["sslmode"], given["sslrootcert"]) == ("verify-full", "/ca.pem")
    assert given["connect_timeout"] == "9"


def test_the_environment_says_nothing_weaker(monkeypatch):
    """A variable that was set for psql does not take the encryption away."""
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("PGSSLROOTCERT", "/ca.pem")
    given = parameters("postgresql://db.example.com/idp")
    assert given["sslmode"] == "verify-full"
    assert "sslrootcert" not in given
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert parameters("postgresql:///idp")["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://localhost/idp",
        "postgresql://127.0.0.1,[::1]/idp",
        "postgresql:///idp",
        "postgresql:///idp?host=/run/postgresql",
        "postgresql:///idp?host=@abstract",
    ],
)
def test_nobody_stands_between_on_one_machine(url):
    """Loopback and Unix sockets need no certificate."""
    assert "sslmode" not in parameters(url)


def test_nothing_waits_for_ever():
    """Connecting is bounded, and so is noticing that a peer vanished."""
    given = parameters("postgresql://db/idp")
    assert int(given["connect_timeout"]) < 10
    assert int(given["tcp_user_timeout"]) <= 10_000
    assert given["client_encoding"] == "UTF8"
    assert parameters("postgresql://db/idp?client_encoding=LATIN1")["client_encoding"] == "UTF8"


def test_a_standby_is_passed_by():
    """What it shows may be older than what was acknowledged."""
    assert parameters("postgresql://a,b/idp")["target_session_attrs"] == "read-write"
    assert parameters("postgresql://a,b/idp?target_session_attrs=any")["target_session_attrs"] == "any"


def test_the_password_is_not_shown():
    """It goes to libpq alone."""
    address = Address("postgresql://idp@db/idp", Secret("wälnut 'drawer\\"))
    assert conninfo_to_dict(address.conninfo())["password"] == "wälnut 'drawer\\"
    assert "drawer" not in repr(address)
