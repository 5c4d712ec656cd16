"""Revocation at two nodes with two workers: `drills.revocation` has the numbers."""

from support.drills import drill


def test_nothing_revoked_is_accepted_by_any_node():
    """RFC 7009 §2: once answered, grants, tokens, consents and sessions are over."""
    done = drill("revocation", "--rounds", "100")
    assert done.code == 0, done.said
    # Grants, access tokens, consents, sessions; and refreshes under way, where one was.
    assert done.said.count("revoked\n") >= 4
