"""Writes without a race: what each does, and what it leaves alone."""

from dataclasses import replace

import pytest

from authwright.authorization_server import writes
from authwright.authorization_server.records import Step
from authwright.authorization_server.storage import Conflict, StorageUnavailable
from authwright.idp import writes as idp_writes
from authwright.idp.storage.open import open_storage
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, CODE_ISSUED, GRANTED, NOW, SIGNED_IN, later

BOB = Subject("bob")
OTHER = ClientId("other")


async def revocations(storage) -> dict[str, int | None]:
    """When each of the grants that a test named was revoked."""
    found = {}
    for name in ("grant", "offline", "elsewhere", "bobs", "others"):
        grant = await storage.grant(GrantId(name))
        if grant is not None:
            found[name] = grant.revoked_at
    return found


GRANTS_OF_ALL_KINDS = (
    writes.AddSession(examples.session()),
    writes.AddSession(examples.session("second")),
    writes.AddSession(examples.session("bobs", subject=BOB)),
    writes.AddGrant(examples.grant()),
    writes.AddGrant(examples.grant("offline", offline=True)),
    writes.AddGrant(examples.grant("elsewhere", session_id=SessionId("second"))),
    writes.AddGrant(examples.grant("others", client_id=OTHER)),
    writes.AddGrant(examples.grant("bobs", subject=BOB, session_id=SessionId("bobs"))),
)


async def test_a_renewed_session_goes_on_under_a_new_cookie(storage):
    """RenewSession: the same id, a new cookie and auth_time; what hangs from it lives on."""
    await storage.commit((*GRANTS_OF_ALL_KINDS,))
    renewed = examples.session(secret_digest=Digest("renewed"), authenticated_at=later(9))
    await storage.commit((writes.RenewSession(renewed, Digest("session-secret")),))
    assert await storage.session(Digest("renewed")) == renewed
    assert await storage.session(Digest("session-secret")) is None
    assert (await revocations(storage))["grant"] is None


@pytest.mark.parametrize(
    "renewed",
    [
        writes.RenewSession(examples.session(secret_digest=Digest("new")), Digest("another")),
        writes.RenewSession(
            examples.session(secret_digest=Digest("new"), subject=BOB), Digest("session-secret")
        ),
        writes.RenewSession(examples.session("nobody", secret_digest=Digest("new")), Digest("nobody-secret")),
    ],
    ids=["another cookie", "another person", "no such session"],
)
async def test_only_ones_own_session_is_renewed(storage, renewed):
    """RenewSession, guard: of the same subject, still with the cookie that was read."""
    await storage.commit((writes.AddSession(examples.session()),))
    with pytest.raises(Conflict):
        await storage.commit((renewed,))


async def test_an_ended_session_is_not_renewed(storage):
    """RenewSession, guard: has not ended. Signing out wins against signing in again."""
    await storage.commit(
        (writes.AddSession(examples.session()), writes.EndSession(SessionId("session"), NOW))
    )
    renewed = examples.session(secret_digest=Digest("new"))
    with pytest.raises(Conflict):
        await storage.commit((writes.RenewSession(renewed, Digest("session-secret")),))


async def test_nothing_is_applied_of_a_batch_that_fails(storage):
    """Apply all *writes*, or none of them."""
    before = (writes.SaveClient(examples.client()), writes.RecordEvent(examples.event()))
    with pytest.raises(Conflict):
        await storage.commit((*before, writes.RedeemCode(Digest("none"), NOW), *before))
    assert await storage.client(APP) is None
    assert await storage.events() == ()


async def test_writes_apply_in_order(storage):
    """Apply all *writes* in order: a later one sees what an earlier one did."""
    await storage.commit(
        (
            *CODE_ISSUED,
            writes.RedeemCode(Digest("code"), later(1)),
            writes.RevokeGrant(GrantId("grant"), later(2)),
            writes.SaveClient(examples.client(client_name="first")),
            writes.SaveClient(examples.client(client_name="second")),
        )
    )
    client = await storage.client(APP)
    assert client is not None
    assert client.client_name == "second"
    code = await storage.authorization_code(Digest("code"))
    assert code is not None
    assert (code.redeemed_at, code.grant.revoked_at) == (later(1), later(2))


async def test_no_writes_are_no_commit(storage):
    """An empty sequence does nothing."""
    await storage.commit(())
    await storage.commit([])


async def test_after_close_nothing_answers(storage):
    """Close lets go of files and connections, and is idempotent; whoever comes later is told."""
    await storage.close()
    await storage.close()
    with pytest.raises(StorageUnavailable):
        await storage.client(APP)
    with pytest.raises(StorageUnavailable):
        await storage.commit(SIGNED_IN)
    with pytest.raises(StorageUnavailable):
        await storage.ready()


async def test_ready_returns_when_a_write_is_possible(storage):
    """Return when a durable write is possible now."""
    await storage.ready()
    await storage.ready()


@pytest.mark.parametrize(
    "write",
    [
        writes.DeleteClient(APP),
        writes.DeleteProtectedResource("https://api.example.com"),
        writes.EndSession(SessionId("none"), NOW),
        writes.EndSessionsOf(ALICE, NOW),
        writes.DisconnectClient(ALICE, APP, NOW),
        writes.RevokeGrant(GrantId("none"), NOW),
        writes.RevokeGrantsOf(ALICE, NOW),
        writes.RevokeOpaqueAccessToken(Digest("none"), NOW),
        idp_writes.DeleteAccount(ALICE),
        idp_writes.DeleteGroup("none"),
        idp_writes.DeleteSigningKey("none"),
        idp_writes.ClearAttempts("none"),
    ],
    ids=lambda write: type(write).__name__,
)
async def test_no_error_when_absent(write, storage):
    """Writes that end or delete do not mind when there is nothing to end or delete."""
    await storage.commit((write,))


async def test_save_replaces(storage):
    """SaveClient, SaveProtectedResource, SaveConsent and SaveGroup insert or replace, all of it."""
    bare = examples.client(
        client_name="Bare",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"client_credentials"}),
        scope=Scope(),
        redirect_uris=(),
        post_logout_redirect_uris=(),
        response_types=frozenset(),
        application_type="web",
        client_secret_digests=(),
        jwks_uri=None,
        id_token_signed_response_alg="ES256",
        require_pkce=True,
        require_consent=False,
        default_max_age=None,
        require_auth_time=False,
        roles=(),
        client_uri=None,
        logo_uri=None,
        policy_uri=None,
        tos_uri=None,
        created_at=later(9),
        disabled_at=None,
    )
    api = examples.protected_resource(
        name="Bare",
        scopes=(),
        access_token_format="jwt",
        access_token_signed_response_alg="EdDSA",
        access_token_lifetime=None,
        introspection_clients=frozenset(),
    )
    consent = examples.consent(scope=Scope("items:read"), given_at=later(9))
    await storage.commit(
        (
            writes.SaveClient(examples.client()),
            writes.SaveProtectedResource(examples.protected_resource()),
            writes.SaveConsent(examples.consent()),
            idp_writes.SaveGroup(examples.group()),
        )
    )
    await storage.commit(
        (
            writes.SaveClient(bare),
            writes.SaveProtectedResource(api),
            writes.SaveConsent(consent),
            idp_writes.SaveGroup(examples.group(roles=())),
        )
    )
    assert await storage.clients() == (bare,)
    assert await storage.protected_resources() == (api,)
    assert await storage.consents_of(ALICE) == (consent,)
    assert await storage.groups() == (examples.group(roles=()),)


async def test_a_deleted_client_takes_what_it_had(storage):
    """DeleteClient: the client, its consents, its grants and all that hangs from them."""
    other_token = examples.machine_token("others", client_id=OTHER)
    await storage.commit(
        (
            writes.SaveClient(examples.client()),
            writes.SaveClient(examples.client(OTHER)),
            *CODE_ISSUED,
            writes.AddRefreshToken(examples.refresh_token()),
            writes.AddOpaqueAccessToken(examples.access_token()),
            writes.AddOpaqueAccessToken(examples.machine_token()),
            writes.AddOpaqueAccessToken(other_token),
            writes.SaveConsent(examples.consent()),
            writes.SaveConsent(examples.consent(client_id=OTHER)),
            writes.AddGrant(examples.grant("others", client_id=OTHER)),
        )
    )
    await storage.commit((writes.DeleteClient(APP),))
    assert await storage.client(APP) is None
    assert await storage.consent(ALICE, APP) is None
    assert await storage.grant(GrantId("grant")) is None
    assert await storage.authorization_code(Digest("code")) is None
    assert await storage.refresh_token(Digest("refresh")) is None
    assert await storage.opaque_access_token(Digest("access")) is None
    assert await storage.opaque_access_token(Digest("machine")) is None
    assert await storage.client(OTHER) is not None
    assert await storage.consent(ALICE, OTHER) is not None
    assert await storage.grant(GrantId("others")) is not None
    assert await storage.opaque_access_token(Digest("others")) == other_token
    assert await storage.session_by_id(SessionId("session")) is not None


async def test_tokens_outlive_the_api_they_were_issued_for(storage):
    """DeleteProtectedResource: tokens already issued for it live out their time."""
    await storage.commit(
        (
            writes.SaveProtectedResource(examples.protected_resource()),
            writes.AddOpaqueAccessToken(examples.machine_token()),
        )
    )
    await storage.commit((writes.DeleteProtectedResource("https://api.example.com"),))
    assert await storage.opaque_access_token(Digest("machine")) == examples.machine_token()


async def test_the_end_of_a_session_ends_its_grants_but_offline_ones(storage):
    """EndSession: the session, and every grant made in it that is not offline, are over."""
    await storage.commit(GRANTS_OF_ALL_KINDS)
    await storage.commit((writes.EndSession(SessionId("session"), later(1)),))
    assert await revocations(storage) == {
        "grant": later(1),
        "offline": None,
        "elsewhere": None,
        "others": later(1),
        "bobs": None,
    }
    session = await storage.session_by_id(SessionId("session"))
    assert session is not None
    assert session.ended_at == later(1)


async def test_the_first_end_stands(storage):
    """EndSession, RevokeGrant and RevokeOpaqueAccessToken are idempotent: the first time stands."""
    await storage.commit((*GRANTED, writes.AddOpaqueAccessToken(examples.access_token())))
    for at in (later(1), later(2)):
        await storage.commit(
            (
                writes.EndSession(SessionId("session"), at),
                writes.RevokeGrant(GrantId("grant"), at),
                writes.RevokeOpaqueAccessToken(Digest("access"), at),
            )
        )
    session = await storage.session_by_id(SessionId("session"))
    token = await storage.opaque_access_token(Digest("access"))
    assert session is not None
    assert token is not None
    assert token.grant is not None
    assert (session.ended_at, token.grant.revoked_at, token.revoked_at) == (later(1),) * 3


async def test_all_sessions_of_a_person_end_but_the_one_to_keep(storage):
    """EndSessionsOf: EndSession for every session of *subject* except *keep*."""
    await storage.commit(GRANTS_OF_ALL_KINDS)
    await storage.commit((writes.EndSessionsOf(ALICE, later(1), keep=SessionId("session")),))
    assert [each.session_id for each in await storage.sessions_of(ALICE)] == ["session"]
    assert [each.session_id for each in await storage.sessions_of(BOB)] == ["bobs"]
    assert await revocations(storage) == {
        "grant": None,
        "offline": None,
        "elsewhere": later(1),
        "others": None,
        "bobs": None,
    }
    await storage.commit((writes.EndSessionsOf(ALICE, later(2)),))
    assert await storage.sessions_of(ALICE) == ()
    assert await revocations(storage) == {
        "grant": later(2),
        "offline": None,
        "elsewhere": later(1),
        "others": later(2),
        "bobs": None,
    }


async def test_disconnecting_a_client_takes_back_consent_and_grants(storage):
    """DisconnectClient: *subject* takes back the consent, and every grant that came from it is revoked."""
    await storage.commit(
        (
            *GRANTS_OF_ALL_KINDS,
            writes.SaveConsent(examples.consent()),
            writes.SaveConsent(examples.consent(client_id=OTHER)),
            writes.SaveConsent(examples.consent(subject=BOB)),
        )
    )
    await storage.commit((writes.DisconnectClient(ALICE, APP, later(1)),))
    assert [each.client_id for each in await storage.consents_of(ALICE)] == [OTHER]
    assert len(await storage.consents_of(BOB)) == 1
    assert await revocations(storage) == {
        "grant": later(1),
        "offline": later(1),
        "elsewhere": later(1),
        "others": None,
        "bobs": None,
    }


async def test_all_grants_of_a_person_are_revoked_offline_ones_too(storage):
    """RevokeGrantsOf: RevokeGrant for every grant of *subject*, offline ones too."""
    await storage.commit(GRANTS_OF_ALL_KINDS)
    await storage.commit((writes.RevokeGrantsOf(ALICE, later(1)),))
    revoked = await revocations(storage)
    assert revoked.pop("bobs") is None
    assert set(revoked.values()) == {later(1)}


async def test_a_revoked_grant_may_still_be_named_by_a_new_code(storage):
    """AddAuthorizationCode's guard is the digest alone; such a code cannot be redeemed."""
    await storage.commit((*GRANTED, writes.RevokeGrant(GrantId("grant"), NOW)))
    await storage.commit((writes.AddAuthorizationCode(examples.code()),))
    with pytest.raises(Conflict):
        await storage.commit((writes.RedeemCode(Digest("code"), NOW),))


async def test_an_access_token_of_no_grant_can_be_revoked(storage):
    """RevokeOpaqueAccessToken, for client_credentials."""
    await storage.commit((writes.AddOpaqueAccessToken(examples.machine_token()),))
    await storage.commit((writes.RevokeOpaqueAccessToken(Digest("machine"), later(1)),))
    token = await storage.opaque_access_token(Digest("machine"))
    assert token == examples.machine_token(revoked_at=later(1))


async def test_a_revoked_jti_is_remembered(storage):
    """RevokeJti is idempotent, and jti_revoked tells of exactly that jti."""
    await storage.commit((writes.RevokeJti("jti", later(1)), writes.RevokeJti("jti", later(1))))
    assert await storage.jti_revoked("jti")
    assert not await storage.jti_revoked("another")


async def test_a_grant_is_not_given_for_a_revoked_jti(storage):
    """What became of a JWT is one read: its grant, unless RevokeJti named the token."""
    await storage.commit((writes.AddSession(examples.session()), writes.AddGrant(examples.grant())))
    found = await storage.grant(GrantId("grant"), unless_revoked="grant.jti")
    assert found == await storage.grant(GrantId("grant"))
    await storage.commit((writes.RevokeJti("grant.jti", later(1)),))
    assert await storage.grant(GrantId("grant"), unless_revoked="grant.jti") is None
    assert await storage.grant(GrantId("grant"), unless_revoked="grant.another") == found
    assert await storage.grant(GrantId("unknown"), unless_revoked="grant.another") is None


async def test_steps_of_an_interaction_add_up(storage):
    """CompleteStep adds *step* to the completed steps; the same step twice is there once."""
    await storage.commit((writes.AddInteraction(examples.interaction(completed=frozenset())),))
    digest = Digest("interaction")
    for step in (Step.LOGIN, Step.CONSENT, Step.LOGIN, Step.SELECT_ACCOUNT, Step.CONSENT):
        await storage.commit((writes.CompleteStep(digest, step),))
    interaction = await storage.interaction(digest)
    assert interaction is not None
    assert interaction.completed == frozenset(Step)


async def test_saving_an_account_replaces_all_but_the_subject(storage):
    """SaveAccount replaces all but the subject."""
    bare = examples.account(
        username="Al",
        normal_username="al",
        claims={},
        roles=(),
        groups=(),
        password_hash=None,
        created_at=later(1),
        updated_at=later(2),
        disabled_at=None,
    )
    await storage.commit((idp_writes.AddAccount(examples.account()),))
    await storage.commit((idp_writes.SaveAccount(bare),))
    assert await storage.account(ALICE) == bare
    assert await storage.account_by_username("al") == bare
    assert await storage.account_by_username("alice") is None


async def test_setting_a_password_changes_it_alone(storage):
    """SetPassword: the hash, and when the account was changed."""
    await storage.commit((idp_writes.AddAccount(examples.account()),))
    await storage.commit((idp_writes.SetPassword(ALICE, "$new", later(5)),))
    assert await storage.account(ALICE) == examples.account(password_hash="$new", updated_at=later(5))


async def test_the_use_of_a_password_changes_nothing(storage):
    """UsePassword, while it is the account's."""
    account = examples.account(password_hash="$its", disabled_at=None)
    await storage.commit((idp_writes.AddAccount(account),))
    await storage.commit((idp_writes.UsePassword(ALICE, "$its"),))
    assert await storage.account(ALICE) == account


async def test_a_deleted_account_takes_everything_of_the_person(storage):
    """DeleteAccount: the account with its sessions, consents, grants and all that hangs from them."""
    bobs_grant = examples.grant("bobs", subject=BOB, session_id=SessionId("bobs"))
    await storage.commit(
        (
            idp_writes.AddAccount(examples.account()),
            idp_writes.AddAccount(examples.account("bob")),
            *CODE_ISSUED,
            writes.AddRefreshToken(examples.refresh_token()),
            writes.AddOpaqueAccessToken(examples.access_token()),
            writes.SaveConsent(examples.consent()),
            idp_writes.AddOneTimeLink(examples.one_time_link()),
            writes.AddSession(examples.session("bobs", subject=BOB)),
            writes.AddGrant(bobs_grant),
            writes.AddRefreshToken(examples.refresh_token("bobs", grant=bobs_grant)),
            writes.SaveConsent(examples.consent(subject=BOB)),
        )
    )
    await storage.commit((idp_writes.DeleteAccount(ALICE),))
    assert await storage.account(ALICE) is None
    assert await storage.session_by_id(SessionId("session")) is None
    assert await storage.consents_of(ALICE) == ()
    assert await storage.grant(GrantId("grant")) is None
    assert await storage.authorization_code(Digest("code")) is None
    assert await storage.refresh_token(Digest("refresh")) is None
    assert await storage.opaque_access_token(Digest("access")) is None
    assert await storage.one_time_link(Digest("link")) is None
    assert await storage.account(BOB) is not None
    assert len(await storage.sessions_of(BOB)) == 1
    assert len(await storage.consents_of(BOB)) == 1
    assert await storage.refresh_token(Digest("bobs")) is not None


async def test_groups_are_deleted_by_name(storage):
    """DeleteGroup."""
    await storage.commit([idp_writes.SaveGroup(examples.group(name)) for name in ("a", "b")])
    await storage.commit((idp_writes.DeleteGroup("a"),))
    assert [each.name for each in await storage.groups()] == ["b"]


async def test_a_new_key_says_when_its_predecessor_goes(storage):
    """AddSigningKey sets the predecessor's ``removes_at``, and touches no other key."""
    rsa = examples.signing_key("rsa", alg="RS256")
    await storage.commit(
        (
            idp_writes.AddSigningKey(examples.signing_key("1"), None, None),
            idp_writes.AddSigningKey(rsa, None, None),
            idp_writes.AddSigningKey(examples.signing_key("2"), "1", later(1)),
            idp_writes.AddSigningKey(examples.signing_key("3"), "2", later(2)),
        )
    )
    assert {key.kid: key.removes_at for key in await storage.signing_keys()} == {
        "1": later(1),
        "rsa": None,
        "2": later(2),
        "3": None,
    }


async def test_the_newest_key_is_the_one_added_last(storage):
    """The newest key of an algorithm is the last that succeeded, though a node's clock was behind."""
    await storage.commit((idp_writes.AddSigningKey(examples.signing_key("1"), None, None),))
    behind = examples.signing_key("2", created_at=later(-999))
    await storage.commit((idp_writes.AddSigningKey(behind, "1", NOW),))
    await storage.commit((idp_writes.AddSigningKey(examples.signing_key("3"), "2", NOW),))
    await storage.commit((idp_writes.DeleteSigningKey("3"),))
    await storage.commit((idp_writes.AddSigningKey(examples.signing_key("4"), "2", NOW),))
    assert [key.kid for key in await storage.signing_keys()] == ["1", "2", "4"]


async def test_cleared_attempts_are_forgotten(storage):
    """ClearAttempts: forget *key*, and no other."""
    alice = idp_writes.CountAttempt("alice", NOW, examples.Seconds(60), 1)
    bob = replace(alice, key="bob")
    await storage.commit((alice, bob))
    await storage.commit((idp_writes.ClearAttempts("alice"), alice))
    with pytest.raises(Conflict):
        await storage.commit((bob,))


async def test_a_new_link_replaces_the_unused_ones_of_its_purpose_and_subject(storage):
    """AddOneTimeLink replaces every unused link of the same purpose and subject."""
    links = (
        examples.one_time_link("alices"),
        examples.one_time_link("bobs", subject=BOB),
        examples.one_time_link("first", purpose="first_admin", subject=None),
        examples.one_time_link("alices first", purpose="first_admin"),
    )
    await storage.commit([idp_writes.AddOneTimeLink(link) for link in links])
    await storage.commit((idp_writes.AddOneTimeLink(examples.one_time_link("alices newer")),))
    anew = examples.one_time_link("first newer", purpose="first_admin", subject=None)
    await storage.commit((idp_writes.AddOneTimeLink(anew),))
    left = [
        name
        for name in ("alices", "bobs", "first", "alices first", "alices newer", "first newer")
        if await storage.one_time_link(Digest(name))
    ]
    assert left == ["bobs", "alices first", "alices newer", "first newer"]


async def test_a_used_link_is_not_replaced(storage):
    """Only unused links are replaced: a used one is still found, with its mark."""
    await storage.commit((idp_writes.AddOneTimeLink(examples.one_time_link("used")),))
    await storage.commit((idp_writes.UseOneTimeLink(Digest("used"), NOW),))
    await storage.commit((idp_writes.AddOneTimeLink(examples.one_time_link("newer")),))
    used = await storage.one_time_link(Digest("used"))
    assert used is not None
    assert used.used_at == NOW


async def test_long_text_is_stored_whole(storage):
    """What is not looked up by may be long: a parameter of a request, a line of the log, a list."""
    long = "Ünïcode ✓ " * 50_000
    interaction = examples.interaction(parameters=(("state", long), ("nul", "\x00")))
    client = examples.client(redirect_uris=tuple(f"https://app.example.com/{n}" for n in range(5_000)))
    await storage.commit(
        (
            writes.AddInteraction(interaction),
            writes.SaveClient(client),
            writes.RecordEvent(examples.event(long)),
        )
    )
    assert await storage.interaction(interaction.interaction_digest) == interaction
    assert await storage.client(client.client_id) == client
    assert [event.detail for event in await storage.events()] == [long]


@pytest.mark.parametrize("detail", ["\ud800", "\x00 and more"])
async def test_what_cannot_be_stored_is_refused_and_nothing_is_applied(detail, durable_nodes):
    """A commit raises `ValueError`, or stores it as it is; its neighbours do not notice."""
    storage = durable_nodes.open()
    event = examples.event(detail)
    try:
        await storage.commit((*SIGNED_IN, writes.RecordEvent(event)))
    except ValueError:
        assert await storage.events() == ()
        assert await storage.session_by_id(examples.session().session_id) is None
    else:
        assert await storage.events() == (event,)
    await storage.commit((writes.RecordEvent(examples.event("next")),))


async def test_events_are_told_once_they_are_durable(durable_nodes):
    """*committed* is told of every audit event once it is durable, and of none that is not."""
    told = []
    storage = open_storage(durable_nodes.backend.address, committed=told.append)
    event = examples.event("kept")
    await storage.commit((writes.RecordEvent(event), *SIGNED_IN))
    with pytest.raises(Conflict):
        await storage.commit((writes.RecordEvent(examples.event("lost")), *SIGNED_IN))
    assert told == [event]
    await storage.close()
