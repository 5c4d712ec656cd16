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

Never forgotten here: clients, resources, accounts, groups, consents, keys (their owners delete them), and
the audit log, whose retention is a decision of the operator and not of a protocol.

Everything waits `GRACE` longer than said above. Nodes' clocks differ, verifiers allow leeway, and a clock
may be set back: what was spent must not become fresh because the row that said so was removed while the
clock was ahead.

Each call removes at most `LIMIT` rows of each kind, each kind in its own commit, found by an index, so that
a sign-in never waits long behind it.
"""

from typing import Final

from authwright.oauth.types import Seconds

GRACE: Final = Seconds(3600)
"""How long anything is kept past its time."""

LONGEST_ACCESS_TOKEN_LIFETIME: Final = Seconds(86_400)
"""No access token may be issued for longer; settings and policies are held to it."""
