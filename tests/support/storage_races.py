"""
What a guard is for: commits that exclude each other, and writes that something else makes wrong.

Every guarded write has a case in `RACES` or in `OVERTAKEN`; a test of the contract sees to it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from authwright.authorization_server import writes
from authwright.authorization_server.records import Step
from authwright.idp import writes as idp_writes
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import Write
from authwright.oauth.types import Digest, GrantId, Seconds, SessionId
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, CODE_ISSUED, GRANTED, NOW, SIGNED_IN, later

CONTENDERS = 50


async def nothing(_storage: ProductStorage) -> None:
    return None


@dataclass(frozen=True)
class Race:
    """Contenders that all read a state which *fresh* describes, and of which *winners* may write."""

    name: str
    contender: Callable[[int], Write]
    read: Callable[[ProductStorage], Awaitable[Any]] = nothing
    fresh: Callable[[Any], bool] = lambda state: state is None
    before: tuple[Write, ...] = ()
    winners: int = 1


def attempts(number: int) -> tuple[Write, ...]:
    return (idp_writes.CountAttempt("bob", NOW, Seconds(60), 100),) * number


RACES = (
    Race(
        "two sessions of one id",
        lambda i: writes.AddSession(examples.session(secret_digest=Digest(f"secret-{i}"))),
        lambda storage: storage.session_by_id(SessionId("session")),
    ),
    Race(
        "two sessions of one cookie",
        lambda i: writes.AddSession(examples.session(f"session-{i}", secret_digest=Digest("same"))),
        lambda storage: storage.session(Digest("same")),
    ),
    Race(
        "two renewals of one session",
        lambda i: writes.RenewSession(
            examples.session(secret_digest=Digest(f"secret-{i}")), Digest("session-secret")
        ),
        lambda storage: storage.session_by_id(SessionId("session")),
        lambda session: session.secret_digest == "session-secret",
        before=(writes.AddSession(examples.session()),),
    ),
    Race(
        "two interactions of one digest",
        lambda i: writes.AddInteraction(examples.interaction(browser_digest=Digest(f"browser-{i}"))),
        lambda storage: storage.interaction(Digest("interaction")),
    ),
    Race(
        "two ends of one interaction",
        lambda i: writes.EndInteraction(Digest("interaction"), later(i)),
        lambda storage: storage.interaction(Digest("interaction")),
        lambda interaction: interaction.ended_at is None,
        before=(writes.AddInteraction(examples.interaction()),),
    ),
    Race(
        "two grants of one id",
        lambda i: writes.AddGrant(examples.grant(created_at=later(i))),
        lambda storage: storage.grant(GrantId("grant")),
        before=SIGNED_IN,
    ),
    Race(
        "two codes of one digest",
        lambda i: writes.AddAuthorizationCode(examples.code(nonce=str(i))),
        lambda storage: storage.authorization_code(Digest("code")),
        before=GRANTED,
    ),
    Race(
        "two redemptions of one code",
        lambda i: writes.RedeemCode(Digest("code"), later(i)),
        lambda storage: storage.authorization_code(Digest("code")),
        lambda code: code.redeemed_at is None and code.grant.revoked_at is None,
        before=CODE_ISSUED,
    ),
    Race(
        "two refresh tokens of one digest",
        lambda i: writes.AddRefreshToken(examples.refresh_token(issued_at=later(i))),
        lambda storage: storage.refresh_token(Digest("refresh")),
        before=GRANTED,
    ),
    Race(
        "two rotations of one refresh token",
        lambda i: writes.RotateRefreshToken(Digest("refresh"), later(i)),
        lambda storage: storage.refresh_token(Digest("refresh")),
        lambda token: token.rotated_at is None and token.grant.revoked_at is None,
        before=(*GRANTED, writes.AddRefreshToken(examples.refresh_token())),
    ),
    Race(
        "two access tokens of one digest, of a grant",
        lambda i: writes.AddOpaqueAccessToken(examples.access_token(issued_at=later(i))),
        lambda storage: storage.opaque_access_token(Digest("access")),
        before=GRANTED,
    ),
    Race(
        "two access tokens of one digest, of no grant",
        lambda i: writes.AddOpaqueAccessToken(examples.machine_token(issued_at=later(i))),
        lambda storage: storage.opaque_access_token(Digest("machine")),
    ),
    Race(
        "two uses of one assertion",
        lambda i: writes.ClaimJti(APP, "jti", later(i)),
    ),
    Race(
        "two accounts of one subject",
        lambda i: idp_writes.AddAccount(examples.account(normal_username=f"alice-{i}")),
        lambda storage: storage.account(ALICE),
    ),
    Race(
        "two accounts of one username",
        lambda i: idp_writes.AddAccount(examples.account(f"alice-{i}", normal_username="alice")),
        lambda storage: storage.account_by_username("alice"),
    ),
    Race(
        "two accounts that take one username",
        lambda i: idp_writes.SaveAccount(examples.account(f"person-{i}", normal_username="alice")),
        lambda storage: storage.account_by_username("alice"),
        before=tuple(idp_writes.AddAccount(examples.account(f"person-{i}")) for i in range(CONTENDERS)),
    ),
    Race(
        "two first keys of one algorithm",
        lambda i: idp_writes.AddSigningKey(examples.signing_key(f"key-{i}"), None, None),
        lambda storage: storage.signing_keys(),
        lambda keys: keys == (),
    ),
    Race(
        "two successors of one key",
        lambda i: idp_writes.AddSigningKey(examples.signing_key(f"key-2-{i}"), "key-1", later(i)),
        lambda storage: storage.signing_keys(),
        lambda keys: [key.kid for key in keys] == ["key-1"],
        before=(idp_writes.AddSigningKey(examples.signing_key(), None, None),),
    ),
    Race(
        "the last attempt that is allowed",
        lambda i: idp_writes.CountAttempt("bob", later(i // 10), Seconds(60), 8),
        before=attempts(7),
    ),
    Race(
        "the first attempts",
        lambda i: idp_writes.CountAttempt("bob", NOW, Seconds(60), 3),
        winners=3,
    ),
    Race(
        "the first attempts of a new window",
        lambda i: idp_writes.CountAttempt("bob", later(60), Seconds(60), 3),
        before=attempts(3),
        winners=3,
    ),
    Race(
        "two nodes that take one lease",
        lambda i: idp_writes.TakeLease("maintenance", f"node-{i}", NOW, later(60)),
    ),
    Race(
        "two nodes that take a lease that is over",
        lambda i: idp_writes.TakeLease("maintenance", f"node-{i}", later(60), later(120)),
        before=(idp_writes.TakeLease("maintenance", "node", NOW, later(60)),),
    ),
    Race(
        "two uses of one link",
        lambda i: idp_writes.UseOneTimeLink(Digest("link"), later(i)),
        lambda storage: storage.one_time_link(Digest("link")),
        lambda link: link.used_at is None,
        before=(idp_writes.AddOneTimeLink(examples.one_time_link()),),
    ),
)


@dataclass(frozen=True)
class Overtaken:
    """A *write* that was right when its decider read, and is wrong after what was committed *meanwhile*."""

    name: str
    before: tuple[Write, ...]
    meanwhile: tuple[Write, ...]
    write: Write


ENDS_OF_A_GRANT: dict[str, Write] = {
    "its revocation": writes.RevokeGrant(GrantId("grant"), NOW),
    "the end of its session": writes.EndSession(SessionId("session"), NOW),
    "the end of its person's sessions": writes.EndSessionsOf(ALICE, NOW),
    "the revocation of its person's grants": writes.RevokeGrantsOf(ALICE, NOW),
    "the disconnection of its client": writes.DisconnectClient(ALICE, APP, NOW),
    "the deletion of its client": writes.DeleteClient(APP),
    "the deletion of its person": idp_writes.DeleteAccount(ALICE),
}

WRITES_THAT_NEED_A_GRANT: dict[str, tuple[tuple[Write, ...], Write]] = {
    "redemption": (CODE_ISSUED, writes.RedeemCode(Digest("code"), NOW)),
    "a new refresh token": (GRANTED, writes.AddRefreshToken(examples.refresh_token())),
    "rotation": (
        (*GRANTED, writes.AddRefreshToken(examples.refresh_token())),
        writes.RotateRefreshToken(Digest("refresh"), NOW),
    ),
    "a new access token": (GRANTED, writes.AddOpaqueAccessToken(examples.access_token())),
}

INTERACTING = (writes.AddInteraction(examples.interaction()),)
WITH_ACCOUNT = (idp_writes.AddAccount(examples.account()),)
WITH_PASSWORD = (idp_writes.AddAccount(examples.account(password_hash="hash", disabled_at=None)),)
WITH_LINK = (idp_writes.AddOneTimeLink(examples.one_time_link()),)
WITH_KEY = (idp_writes.AddSigningKey(examples.signing_key(), None, None),)

OVERTAKEN = (
    *(
        Overtaken(f"{what} after {end}", before, (ending,), write)
        for what, (before, write) in WRITES_THAT_NEED_A_GRANT.items()
        for end, ending in ENDS_OF_A_GRANT.items()
    ),
    Overtaken(
        "a grant in a session that has ended",
        SIGNED_IN,
        (writes.EndSession(SessionId("session"), NOW),),
        writes.AddGrant(examples.grant()),
    ),
    Overtaken(
        "an offline grant in a session that has ended",
        SIGNED_IN,
        (writes.EndSession(SessionId("session"), NOW),),
        writes.AddGrant(examples.grant(offline=True)),
    ),
    Overtaken(
        "a grant in one of the person's sessions that have ended",
        SIGNED_IN,
        (writes.EndSessionsOf(ALICE, NOW),),
        writes.AddGrant(examples.grant()),
    ),
    Overtaken(
        "a grant of a person who is deleted",
        SIGNED_IN,
        (idp_writes.DeleteAccount(ALICE),),
        writes.AddGrant(examples.grant()),
    ),
    Overtaken(
        "a code of a person who is deleted",
        GRANTED,
        (idp_writes.DeleteAccount(ALICE),),
        writes.AddAuthorizationCode(examples.code()),
    ),
    Overtaken(
        "a step of an interaction that has ended",
        INTERACTING,
        (writes.EndInteraction(Digest("interaction"), NOW),),
        writes.CompleteStep(Digest("interaction"), Step.CONSENT),
    ),
    Overtaken(
        "a password for an account that is deleted",
        WITH_ACCOUNT,
        (idp_writes.DeleteAccount(ALICE),),
        idp_writes.SetPassword(ALICE, "hash", NOW),
    ),
    Overtaken(
        "a password that was changed",
        WITH_PASSWORD,
        (idp_writes.SetPassword(ALICE, "newer", NOW),),
        idp_writes.UsePassword(ALICE, "hash"),
    ),
    Overtaken(
        "a password of an account that is disabled",
        WITH_PASSWORD,
        (idp_writes.SaveAccount(examples.account(password_hash="hash", disabled_at=NOW)),),
        idp_writes.UsePassword(ALICE, "hash"),
    ),
    Overtaken(
        "a password of an account that is deleted",
        WITH_PASSWORD,
        (idp_writes.DeleteAccount(ALICE),),
        idp_writes.UsePassword(ALICE, "hash"),
    ),
    Overtaken("a password of an account without one", WITH_ACCOUNT, (), idp_writes.UsePassword(ALICE, "")),
    Overtaken(
        "a change of an account that is deleted",
        WITH_ACCOUNT,
        (idp_writes.DeleteAccount(ALICE),),
        idp_writes.SaveAccount(examples.account(roles=())),
    ),
    Overtaken(
        "a username that somebody else took",
        WITH_ACCOUNT,
        (idp_writes.AddAccount(examples.account("bob")),),
        idp_writes.SaveAccount(examples.account(normal_username="bob")),
    ),
    Overtaken(
        "a link that was replaced",
        WITH_LINK,
        (idp_writes.AddOneTimeLink(examples.one_time_link("newer")),),
        idp_writes.UseOneTimeLink(Digest("link"), NOW),
    ),
    Overtaken(
        "a link at the second of its expiry",
        WITH_LINK,
        (),
        idp_writes.UseOneTimeLink(Digest("link"), later(600)),
    ),
    Overtaken(
        "a successor of a key that is deleted",
        WITH_KEY,
        (idp_writes.DeleteSigningKey("key-1"),),
        idp_writes.AddSigningKey(examples.signing_key("key-2"), "key-1", None),
    ),
    Overtaken(
        "a successor of another algorithm's key",
        WITH_KEY,
        (),
        idp_writes.AddSigningKey(examples.signing_key("key-2", alg="RS256"), "key-1", None),
    ),
    Overtaken(
        "a key of a kid that another algorithm has",
        WITH_KEY,
        (),
        idp_writes.AddSigningKey(examples.signing_key("key-1", alg="RS256"), None, None),
    ),
    Overtaken(
        "an attempt where none is allowed",
        (),
        (),
        idp_writes.CountAttempt("bob", NOW, Seconds(60), 0),
    ),
    Overtaken(
        "an attempt in the last second of a full window",
        attempts(3),
        (),
        idp_writes.CountAttempt("bob", later(59), Seconds(60), 3),
    ),
    Overtaken(
        "an attempt in a full window, by a clock that was set back",
        attempts(3),
        (),
        idp_writes.CountAttempt("bob", later(-3600), Seconds(60), 3),
    ),
    Overtaken("a step of no interaction", (), (), writes.CompleteStep(Digest("none"), Step.LOGIN)),
    Overtaken("the end of no interaction", (), (), writes.EndInteraction(Digest("none"), NOW)),
    Overtaken("the redemption of no code", (), (), writes.RedeemCode(Digest("none"), NOW)),
    Overtaken("the rotation of no token", (), (), writes.RotateRefreshToken(Digest("none"), NOW)),
    Overtaken("the use of no link", (), (), idp_writes.UseOneTimeLink(Digest("none"), NOW)),
    Overtaken("a grant in no session", (), (), writes.AddGrant(examples.grant())),
    Overtaken("a code of no grant", (), (), writes.AddAuthorizationCode(examples.code())),
)
