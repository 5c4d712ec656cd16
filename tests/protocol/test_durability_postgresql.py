"""PostgreSQL killed, restarted, filled and failed over, once each: the drills have the numbers."""

import pytest

from support.drills import drill
from support.postgresql import binaries


@pytest.fixture(autouse=True, scope="module")
def postgresql_is_installed():
    """Skips, or fails in CI."""
    binaries()


def test_what_was_acknowledged_survives_kill_9():
    """Of the server, and at the third kill of all processes of the database."""
    small = "--quick", "--kills", "3", "--operations", "250", "--customers", "6", "--ready-within", "60"
    done = drill("kill", "--database", "postgresql", *small)
    assert done.code == 0, done.said
    assert done.count("acknowledged operations") >= 250


def test_nobody_hangs_while_it_is_away():
    """503 with Retry-After; JWTs are verified and documents served; no restart of ours."""
    done = drill("restart", "--rounds", "1", "--down", "3", "--operations", "60", "--customers", "6")
    assert done.code == 0, done.said
    assert done.count("answered 503") > 0
    assert done.count("JWTs verified meanwhile") > 0


def test_nothing_acknowledged_is_undone_by_a_failover():
    """A synchronous standby takes over; the second time commits were waiting for it."""
    done = drill("failover", "--promotions", "2", "--operations", "60", "--customers", "6")
    assert done.code == 0, done.said
    assert done.count("lost") == done.count("resurrected") == 0


def test_one_of_many_parallel_uses_succeeds():
    """By two nodes of two workers each."""
    done = drill("races", "--database", "postgresql", "--rounds", "2", "--parallel", "20")
    assert done.code == 0, done.said


def test_no_success_without_a_durable_row():
    """The disk full, the log without room, and read-only."""
    done = drill(
        "disk_full", "--database", "postgresql", "--rounds", "1", "--operations", "60", "--customers", "6"
    )
    if "SKIPPED" in done.said:
        pytest.skip(done.said)
    assert done.code == 0, done.said
