"""
Pruning: nothing goes while somebody could present it, or while a replay of it must be recognised.

Each rule is tried at its last second and at the first after it, and what must stay is looked for after both.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.storage import Conflict
from authwright.idp import writes as idp_writes
from authwright.idp.storage.port import ProductStorage
from authwright.idp.storage.prune import GRACE, LONGEST_ACCESS_TOKEN_LIFETIME
from authwright.idp.writes import Write
from authwright.oauth.types import Digest, GrantId, Seconds, SessionId, Timestamp
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, CODE_ISSUED, GRANTED, NOW, SIGNED_IN, later

LONG = 365 * 86_400


async def prune_all(storage: ProductStorage, now: int) -> None:
    """Call again while it removes something."""
    while any(rows for _, rows in (await storage.prune(Timestamp(now))).rows):
        pass


async def jti_claimed(storage: ProductStorage) -> bool | None:
    """Whether a second use of the assertion is recognised; None when it is not."""
    try:
        await storage.commit((writes.ClaimJti(APP, "jti", later(600)),))
    except Conflict:
        return True
    return None


async def jti_revoked(storage: ProductStorage) -> bool | None:
    return await storage.jti_revoked("jti") or None


@dataclass(frozen=True)
class Rule:
    """*read* finds something until *over*, and GRACE longer; then it does not."""

    name: str
    before: tuple[Write, ...]
    over: int
    read: Callable[[ProductStorage], Awaitable[Any]]


RULES = (
    Rule(
        "a session, after its expiry",
        SIGNED_IN,
        later(43_200),
        lambda storage: storage.session_by_id(SessionId("session")),
    ),
    Rule(
        "an ended session, after its expiry",
        (*SIGNED_IN, writes.EndSession(SessionId("session"), NOW)),
        later(43_200),
        lambda storage: storage.session_by_id(SessionId("session")),
    ),
    Rule(
        "an interaction, after its expiry",
        (writes.AddInteraction(examples.interaction()),),
        later(1800),
        lambda storage: storage.interaction(Digest("interaction")),
    ),
    Rule(
        "a code that nobody redeemed, after its expiry",
        CODE_ISSUED,
        later(60),
        lambda storage: storage.authorization_code(Digest("code")),
    ),
    Rule(
        "a redeemed code, a day after its grant's expiry",
        (*CODE_ISSUED, writes.RedeemCode(Digest("code"), NOW)),
        later(86_400 + LONGEST_ACCESS_TOKEN_LIFETIME),
        lambda storage: storage.authorization_code(Digest("code")),
    ),
    Rule(
        "a redeemed code, a day after its grant's revocation",
        (*CODE_ISSUED, writes.RedeemCode(Digest("code"), NOW), writes.RevokeGrant(GrantId("grant"), NOW)),
        later(LONGEST_ACCESS_TOKEN_LIFETIME),
        lambda storage: storage.authorization_code(Digest("code")),
    ),
    Rule(
        "a refresh token, after its expiry",
        (*GRANTED, writes.AddRefreshToken(examples.refresh_token())),
        later(3600),
        lambda storage: storage.refresh_token(Digest("refresh")),
    ),
    Rule(
        "a rotated refresh token, after its expiry",
        (
            *GRANTED,
            writes.AddRefreshToken(examples.refresh_token()),
            writes.RotateRefreshToken(Digest("refresh"), NOW),
        ),
        later(3600),
        lambda storage: storage.refresh_token(Digest("refresh")),
    ),
    Rule(
        "a refresh token, a day after its grant's revocation",
        (
            *GRANTED,
            writes.AddRefreshToken(examples.refresh_token(expires_at=later(LONG))),
            writes.RevokeGrant(GrantId("grant"), NOW),
        ),
        later(LONGEST_ACCESS_TOKEN_LIFETIME),
        lambda storage: storage.refresh_token(Digest("refresh")),
    ),
    Rule(
        "an access token of a grant, after its expiry",
        (*GRANTED, writes.AddOpaqueAccessToken(examples.access_token())),
        later(600),
        lambda storage: storage.opaque_access_token(Digest("access")),
    ),
    Rule(
        "an access token of no grant, after its expiry",
        (writes.AddOpaqueAccessToken(examples.machine_token()),),
        later(600),
        lambda storage: storage.opaque_access_token(Digest("machine")),
    ),
    Rule(
        "a revoked access token, after its expiry",
        (
            writes.AddOpaqueAccessToken(examples.machine_token()),
            writes.RevokeOpaqueAccessToken(Digest("machine"), NOW),
        ),
        later(600),
        lambda storage: storage.opaque_access_token(Digest("machine")),
    ),
    Rule(
        "a grant, a day after its expiry",
        GRANTED,
        later(86_400 + LONGEST_ACCESS_TOKEN_LIFETIME),
        lambda storage: storage.grant(GrantId("grant")),
    ),
    Rule(
        "a revoked grant, a day after its revocation",
        (*GRANTED, writes.RevokeGrant(GrantId("grant"), later(7))),
        later(7 + LONGEST_ACCESS_TOKEN_LIFETIME),
        lambda storage: storage.grant(GrantId("grant")),
    ),
    Rule("a used jti, after the assertion's expiry", (writes.ClaimJti(APP, "jti", NOW),), NOW, jti_claimed),
    Rule("a revoked jti, after the token's expiry", (writes.RevokeJti("jti", NOW),), NOW, jti_revoked),
    Rule(
        "a jti that was revoked twice, after the later of the two",
        (writes.RevokeJti("jti", later(60)), writes.RevokeJti("jti", NOW)),
        later(60),
        jti_revoked,
    ),
    Rule(
        "a link, after its expiry",
        (idp_writes.AddOneTimeLink(examples.one_time_link()),),
        later(600),
        lambda storage: storage.one_time_link(Digest("link")),
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
async def test_what_is_over_goes_and_not_a_second_earlier(rule, storage):
    """Delete what no decision can need any more, and nothing else."""
    await storage.commit(rule.before)
    await prune_all(storage, rule.over + GRACE - 1)
    assert await rule.read(storage) is not None
    await prune_all(storage, rule.over + GRACE)
    assert await rule.read(storage) is None


async def test_a_family_is_recognised_while_its_grant_lives(storage):
    """A redeemed code stays with the live end of its family, long after its expiry (RFC 6749 §4.1.2)."""
    grant = examples.grant(expires_at=later(LONG))
    await storage.commit(
        (
            *SIGNED_IN,
            writes.AddGrant(grant),
            writes.AddAuthorizationCode(examples.code(grant=grant)),
            writes.RedeemCode(Digest("code"), NOW),
            writes.AddRefreshToken(examples.refresh_token(grant=grant, expires_at=later(LONG))),
        )
    )
    await prune_all(storage, later(LONG - 1))
    code = await storage.authorization_code(Digest("code"))
    token = await storage.refresh_token(Digest("refresh"))
    assert code is not None
    assert code.redeemed_at == NOW
    assert token is not None
    assert token.grant == grant


async def test_what_has_no_end_is_never_pruned(storage):
    """Clients, APIs, accounts, groups, consents, keys and the audit log are not pruning's to delete."""
    await storage.commit(
        (
            writes.SaveClient(examples.client()),
            writes.SaveProtectedResource(examples.protected_resource()),
            idp_writes.AddAccount(examples.account()),
            idp_writes.SaveGroup(examples.group()),
            writes.SaveConsent(examples.consent()),
            idp_writes.AddSigningKey(examples.signing_key(removes_at=NOW), None, None),
            writes.RecordEvent(examples.event()),
        )
    )
    await prune_all(storage, later(100 * LONG))
    assert len(await storage.clients()) == 1
    assert len(await storage.protected_resources()) == 1
    assert len(await storage.accounts()) == 1
    assert len(await storage.groups()) == 1
    assert len(await storage.consents_of(ALICE)) == 1
    assert len(await storage.signing_keys()) == 1
    assert len(await storage.events()) == 1


async def test_what_was_removed_is_counted_by_table(storage):
    """How many rows a prune removed, by table."""
    await storage.commit((*SIGNED_IN, writes.RevokeJti("a", NOW), writes.RevokeJti("b", NOW)))
    rows = dict((await storage.prune(later(GRACE))).rows)
    assert rows["revoked_jtis"] == 2
    assert sum(rows.values()) == 2


async def test_a_full_window_stays_full_until_it_is_over(storage):
    """An attempt's window is kept while it lasts; afterwards nothing of it is."""
    full = idp_writes.CountAttempt("bob", NOW, Seconds(7200), 1)
    await storage.commit((full,))
    await prune_all(storage, later(7199))
    with pytest.raises(Conflict):
        await storage.commit((full,))
    rows = dict((await storage.prune(later(7200 + GRACE))).rows)
    assert rows["attempts"] == 1


async def test_the_audit_log_is_kept_as_long_as_the_operator_says(storage):
    """For ever without a time; with one, to the second, and lines that come later are in their order."""
    for at in (NOW, later(10), later(20)):
        await storage.commit((writes.RecordEvent(examples.event(at=at)),))
    await storage.prune(later(100 * LONG))
    assert [event.at for event in await storage.events()] == [later(20), later(10), NOW]
    rows = dict((await storage.prune(later(30), events_before=later(10))).rows)
    assert rows["events"] == 1
    await storage.commit((writes.RecordEvent(examples.event(at=later(15))),))
    assert [event.at for event in await storage.events()] == [later(15), later(20), later(10)]
    # A clock that was set back leaves a line that is older than the one before it.
    await storage.prune(later(30), events_before=later(16))
    assert [event.at for event in await storage.events()] == [later(20)]
