"""kill -9 under load, in a small: `drills.kill` has the numbers."""

import shutil

from support.absent import absent
from support.drills import drill

# How soon it is ready again is for the drill itself, on a machine that does nothing else.
SMALL = ("--quick", "--kills", "2", "--operations", "250", "--customers", "6", "--ready-within", "60")


def test_what_was_acknowledged_survives_kill_9():
    """Nothing acknowledged is lost, nothing spent or revoked is accepted."""
    done = drill("kill", *SMALL)
    assert done.code == 0, done.said
    assert done.count("acknowledged operations") >= 250
    assert done.count("examined") > 250


def test_what_was_acknowledged_was_flushed():
    """
    A loss of power: what SQLite's files hold is what was flushed, and any part of the rest.

    Whether a kill comes between a write and its flush is chance, so of two there may be none; that such a
    write is lost is shown by tests/unit/test_drills_power.py.
    """
    if shutil.which("strace") is None:
        absent("strace is not installed (Debian: apt-get install strace)")
    done = drill("kill", *SMALL, "--power-loss")
    assert done.code == 0, done.said
    assert done.count("writes recorded") > 100


def test_the_drill_notices_a_database_that_forgets():
    """A drill that cannot fail proves nothing: what was committed since the previous kill is taken away."""
    done = drill("kill", *SMALL, "--forget")
    assert done.code == 1, done.said
    assert done.count("lost") > 0
    assert done.count("resurrected") > 0
