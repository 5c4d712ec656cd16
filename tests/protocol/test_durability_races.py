"""Parallel uses of one code, of one refresh token: `drills.races` has the numbers."""

from support.drills import drill


def test_one_of_many_parallel_uses_succeeds():
    """RFC 6749 §4.1.2, RFC 9700 §4.14.2: two nodes with two workers each, one database."""
    done = drill("races", "--rounds", "2", "--parallel", "20")
    assert done.code == 0, done.said
    assert "2 rounds of 20: 2 successes, 38 refusals, 0 without an answer" in done.said
