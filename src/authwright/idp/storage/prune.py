"""
What may be forgotten, and when.

Most rows tell of something that ran out by itself; they are needed only as long as somebody could still
present it, and a look-up that finds nothing refuses just as one that finds it expired. Three kinds of row
are different: they exist *to be found* after the thing is spent, because what follows from a second use is
more than a refusal.

**A redeemed code** stays as long as its grant. Its replay means that it was stolen, and the answer is to
revoke what it gave (:rfc:`6749#section-4.1.2`), which is worth doing as long as anything it gave can live.
An unredeemed code gave nothing and goes when it has expired.

**A rotated refresh token** stays until its own ``expires_at``. Until then reuse revokes the grant
(:rfc:`9700#section-4.14.2`); afterwards it would be refused without rotation too, so a thief gains nothing
by it, and to keep every token of a family that refreshes for half a year would be thousands of rows for one
sign-in.

**A revoked or expired grant** stays until the last JWT access token that names it has run out, since
userinfo and introspection look the grant up: `LONGEST_ACCESS_TOKEN_LIFETIME` after its end, because no
token of it is issued later. All that hangs from it goes with it.

The memory of used and revoked ``jti`` values ends when the assertion or token does. Sessions, interactions,
opaque access tokens, one-time links and counting windows end at their own time; a session that is missing
is a session that is over, and `AddGrant` refuses it.

Never forgotten here: clients, resources, accounts, groups, consents and keys (their owners delete them).

How long the audit log is kept is a decision of the operator and not of a protocol: its lines go when they are
older than a time that is given, to the second. They are looked at from the oldest on. Their times have no
index, which every sign-in would pay for, and are in the same order unless a clock was set back.

Everything else waits `GRACE` longer than said above. Nodes' clocks differ, verifiers allow leeway, and a
clock may be set back: what was spent must not become fresh because the row that said so was removed while
the clock was ahead.

A row that somebody is changing is not over yet, or is somebody else's to remove: on a database where writers
overlap it is left for the next call.

Each call removes at most `LIMIT` rows of each kind, each kind in its own commit, found by an index, so that
a sign-in never waits long behind it.
"""

from typing import Final

from authwright.oauth.types import Seconds, Timestamp

from .statement import Parameters

GRACE: Final = Seconds(3600)
"""How long anything is kept past its time."""

LONGEST_ACCESS_TOKEN_LIFETIME: Final = Seconds(86_400)
"""No access token may be issued for longer; settings and declared APIs are held to it."""

LIMIT: Final = 500
"""Rows of each kind in one call."""

RULES: Final = (
    (
        "interactions",
        """
        DELETE FROM interactions WHERE interaction_digest IN (
            SELECT interaction_digest FROM interactions WHERE expires_at <= :over
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "sessions",
        """
        DELETE FROM sessions WHERE session_id IN (
            SELECT session_id FROM sessions WHERE expires_at <= :over ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "authorization_codes",
        """
        DELETE FROM authorization_codes WHERE code_digest IN (
            SELECT code_digest FROM authorization_codes WHERE expires_at <= :over AND redeemed_at IS NULL
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "refresh_tokens",
        """
        DELETE FROM refresh_tokens WHERE refresh_token_digest IN (
            SELECT refresh_token_digest FROM refresh_tokens WHERE expires_at <= :over
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    # A grant may have thousands of refresh tokens; they go first, so that the grant's own end is one row.
    (
        "refresh_tokens",
        """
        DELETE FROM refresh_tokens WHERE refresh_token_digest IN (
            SELECT refresh_token_digest
            FROM grants JOIN refresh_tokens ON refresh_tokens.grant_id = grants.grant_id
            WHERE grants.revoked_at <= :dead ORDER BY grants.revoked_at LIMIT :limit
            /*+ FOR UPDATE OF refresh_tokens SKIP LOCKED */
        )
        """,
    ),
    (
        "opaque_access_tokens",
        """
        DELETE FROM opaque_access_tokens WHERE access_token_digest IN (
            SELECT access_token_digest FROM opaque_access_tokens WHERE expires_at <= :over
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "grants",
        """
        DELETE FROM grants WHERE grant_id IN (
            SELECT grant_id FROM grants
            WHERE revoked_at <= :dead
            AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.grant_id)
            ORDER BY revoked_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "grants",
        """
        DELETE FROM grants WHERE grant_id IN (
            SELECT grant_id FROM grants WHERE expires_at <= :dead ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "revoked_jtis",
        """
        DELETE FROM revoked_jtis WHERE jti IN (
            SELECT jti FROM revoked_jtis WHERE expires_at <= :over ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "claimed_jtis",
        """
        DELETE FROM claimed_jtis WHERE (client_id, jti) IN (
            SELECT client_id, jti FROM claimed_jtis WHERE expires_at <= :over
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    (
        "attempts",
        """
        DELETE FROM attempts WHERE attempt_key IN (
            SELECT attempt_key FROM attempts WHERE window_ends_at <= :over
            ORDER BY window_ends_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
    # With no time given, nothing is older than it.
    (
        "events",
        """
        DELETE FROM events
        WHERE position < (SELECT min(position) FROM events) + :limit AND at < :events_before
        """,
    ),
    (
        "one_time_links",
        """
        DELETE FROM one_time_links WHERE link_digest IN (
            SELECT link_digest FROM one_time_links WHERE expires_at <= :over
            ORDER BY expires_at LIMIT :limit
            /*+ FOR UPDATE SKIP LOCKED */
        )
        """,
    ),
)
"""Table and statement. Each statement is a commit of its own."""


def parameters(now: Timestamp, events_before: Timestamp | None) -> Parameters:
    """
    The values of every rule: *over* is the latest time that is surely past, and *dead* the latest end of a
    grant none of whose access tokens can live.
    """
    over = now - GRACE
    return {
        "over": over,
        "dead": over - LONGEST_ACCESS_TOKEN_LIFETIME,
        "events_before": events_before,
        "limit": LIMIT,
    }
