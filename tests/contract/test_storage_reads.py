"""Reads: what was written is what is read, in the order that the port names, by every node."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from authwright.authorization_server import writes
from authwright.authorization_server.events import EventKind
from authwright.authorization_server.records import Consent, ScopeDescription
from authwright.idp import writes as idp_writes
from authwright.idp.storage.port import ProductStorage
from authwright.idp.writes import Write
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, GrantId, SessionId, Subject, Timestamp
from support import storage_examples as examples
from support.storage_examples import ALICE, APP, CODE_ISSUED, GRANTED, NOW, SIGNED_IN, later


@dataclass(frozen=True)
class Kept:
    """A record, the writes that keep it, and how it is read."""

    record: Any
    by: tuple[Write, ...]
    method: str
    arguments: tuple[Any, ...]

    async def read(self, storage: ProductStorage) -> Any:
        return await getattr(storage, self.method)(*self.arguments)


def kept(record: Any, write: Any, method: str, *arguments: Any, before: tuple[Write, ...] = ()) -> Kept:
    return Kept(record, (*before, write(record)), method, arguments)


MINIMAL_CLIENT = examples.client(
    redirect_uris=(),
    post_logout_redirect_uris=(),
    client_secret_digests=(),
    jwks_uri=None,
    default_max_age=None,
    roles=(),
    client_uri=None,
    logo_uri=None,
    policy_uri=None,
    tos_uri=None,
    disabled_at=None,
    grant_types=frozenset(),
    response_types=frozenset(),
    scope=Scope(),
)
BARE_ACCOUNT = examples.account(claims={}, roles=(), groups=(), password_hash=None, disabled_at=None)
BARE_CODE = examples.code(redirect_uri=None, code_challenge=None, nonce=None)

KEPT = (
    kept(examples.client(), writes.SaveClient, "client", APP),
    kept(MINIMAL_CLIENT, writes.SaveClient, "client", APP),
    kept(examples.session(), writes.AddSession, "session", Digest("session-secret")),
    kept(examples.session(), writes.AddSession, "session_by_id", SessionId("session")),
    kept(examples.interaction(), writes.AddInteraction, "interaction", Digest("interaction")),
    kept(
        examples.interaction(parameters=(), completed=frozenset()),
        writes.AddInteraction,
        "interaction",
        Digest("interaction"),
    ),
    kept(examples.consent(), writes.SaveConsent, "consent", ALICE, APP),
    kept(examples.grant(), writes.AddGrant, "grant", GrantId("grant"), before=SIGNED_IN),
    kept(
        examples.grant(offline=True, resources=(), amr=(), scope=Scope()),
        writes.AddGrant,
        "grant",
        GrantId("grant"),
        before=SIGNED_IN,
    ),
    kept(examples.code(), writes.AddAuthorizationCode, "authorization_code", Digest("code"), before=GRANTED),
    kept(BARE_CODE, writes.AddAuthorizationCode, "authorization_code", Digest("code"), before=GRANTED),
    kept(
        examples.refresh_token(),
        writes.AddRefreshToken,
        "refresh_token",
        Digest("refresh"),
        before=GRANTED,
    ),
    kept(
        examples.access_token(),
        writes.AddOpaqueAccessToken,
        "opaque_access_token",
        Digest("access"),
        before=GRANTED,
    ),
    kept(examples.machine_token(), writes.AddOpaqueAccessToken, "opaque_access_token", Digest("machine")),
    kept(examples.account(), idp_writes.AddAccount, "account", ALICE),
    kept(BARE_ACCOUNT, idp_writes.AddAccount, "account", ALICE),
    kept(examples.account(), idp_writes.AddAccount, "account_by_username", "alice"),
    kept(examples.one_time_link(), idp_writes.AddOneTimeLink, "one_time_link", Digest("link")),
    kept(
        examples.one_time_link(purpose="first_admin", subject=None),
        idp_writes.AddOneTimeLink,
        "one_time_link",
        Digest("link"),
    ),
)


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.method)
async def test_what_was_written_is_read_by_every_node(case, nodes):
    """A read that starts after a commit returned, on any node, sees what it wrote."""
    first, second = nodes.open(), nodes.open()
    assert await case.read(second) is None
    await first.commit(case.by)
    assert await case.read(first) == case.record
    assert await case.read(second) == case.record


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.method)
async def test_a_read_by_a_prefix_or_another_case_finds_nothing(case, storage):
    """Reads return None when there is no such record; identifiers are compared byte for byte."""
    await storage.commit(case.by)
    name, *others = case.arguments
    for near in (name[:-1], name.upper(), f"{name} ", f"{name}\x00", ""):
        assert await getattr(storage, case.method)(near, *others) is None


@given(name=st.text())
@example(name="\x00")
@example(name="\ud800")
@example(name="x" * 1_000_000)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_found_by_whatever_text(name, storage):
    """Reads return None when there is no such record, whatever is asked for: never a crash."""

    async def read_everything() -> list[Any]:
        return [
            await storage.client(ClientId(name)),
            await storage.session(Digest(name)),
            await storage.session_by_id(SessionId(name)),
            await storage.interaction(Digest(name)),
            await storage.consent(Subject(name), ClientId(name)),
            await storage.grant(GrantId(name)),
            await storage.authorization_code(Digest(name)),
            await storage.refresh_token(Digest(name)),
            await storage.opaque_access_token(Digest(name)),
            await storage.account(Subject(name)),
            await storage.account_by_username(name),
            await storage.one_time_link(Digest(name)),
            await storage.jti_revoked(name) or None,
        ]

    assert asyncio.run(read_everything()) == [None] * 13


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SCOPE_TOKENS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1
)
TIMES = st.integers(0, 2**53).map(Timestamp)


@given(
    client=st.builds(
        examples.client,
        client_name=TEXT,
        redirect_uris=st.lists(TEXT, max_size=3).map(tuple),
        roles=st.lists(TEXT, max_size=3).map(tuple),
        grant_types=st.frozensets(TEXT, max_size=3),
        logo_uri=st.none() | TEXT,
        created_at=TIMES,
    ),
    resource=st.builds(
        examples.protected_resource,
        name=TEXT,
        scopes=st.lists(st.builds(ScopeDescription, SCOPE_TOKENS, TEXT), max_size=3).map(tuple),
        introspection_clients=st.frozensets(TEXT, max_size=3),
    ),
    account=st.builds(
        examples.account,
        username=TEXT,
        claims=st.dictionaries(TEXT, JSON, max_size=4),
        groups=st.lists(TEXT, max_size=3).map(tuple),
        updated_at=TIMES,
    ),
    interaction=st.builds(
        examples.interaction,
        parameters=st.lists(st.tuples(TEXT, TEXT), max_size=4).map(tuple),
    ),
    event=st.builds(examples.event, detail=TEXT, network=TEXT, kind=st.sampled_from(EventKind), at=TIMES),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_values_come_back_as_they_were(client, resource, account, interaction, event, storage):
    """What is read is what was written, whatever text, number or JSON it holds."""

    async def keep_and_read() -> None:
        digest = Digest(f"interaction-{len(await storage.events(limit=10_000))}")
        await storage.commit(
            (
                idp_writes.DeleteAccount(ALICE),
                writes.SaveClient(client),
                writes.SaveProtectedResource(resource),
                idp_writes.AddAccount(account),
                writes.AddInteraction(replace(interaction, interaction_digest=digest)),
                writes.RecordEvent(event),
            )
        )
        assert await storage.client(client.client_id) == client
        assert await storage.protected_resources() == (resource,)
        assert await storage.account(ALICE) == account
        assert await storage.interaction(digest) == replace(interaction, interaction_digest=digest)
        assert await storage.events(limit=1) == (event,)

    asyncio.run(keep_and_read())


async def test_the_keys_of_a_client_are_its_public_keys(storage):
    """A client's ``jwks`` is read as it was registered."""
    await storage.commit((writes.SaveClient(examples.client(jwks=examples.JWKS)),))
    client = await storage.client(APP)
    assert client is not None
    assert client.jwks is not None
    assert client.jwks.to_dict() == examples.JWKS.to_dict()


async def test_spent_ended_and_revoked_records_are_returned_with_their_mark(storage):
    """Reads return records that are expired, spent or revoked too, with the mark that says so."""
    await storage.commit(
        (
            *CODE_ISSUED,
            writes.AddRefreshToken(examples.refresh_token()),
            writes.AddOpaqueAccessToken(examples.access_token()),
            writes.AddInteraction(examples.interaction()),
            idp_writes.AddOneTimeLink(examples.one_time_link()),
            writes.RedeemCode(Digest("code"), later(1)),
            writes.RotateRefreshToken(Digest("refresh"), later(2)),
            writes.RevokeOpaqueAccessToken(Digest("access"), later(3)),
            writes.RevokeGrant(GrantId("grant"), later(4)),
            writes.EndSession(SessionId("session"), later(5)),
            writes.EndInteraction(Digest("interaction"), later(6)),
            idp_writes.UseOneTimeLink(Digest("link"), later(7)),
        )
    )
    revoked = replace(examples.grant(), revoked_at=later(4))
    ended = examples.session(ended_at=later(5))
    assert await storage.grant(GrantId("grant")) == revoked
    assert await storage.session(Digest("session-secret")) == ended
    assert await storage.session_by_id(SessionId("session")) == ended
    assert await storage.interaction(Digest("interaction")) == examples.interaction(ended_at=later(6))
    assert await storage.one_time_link(Digest("link")) == examples.one_time_link(used_at=later(7))
    assert await storage.authorization_code(Digest("code")) == examples.code(
        grant=revoked, redeemed_at=later(1)
    )
    assert await storage.refresh_token(Digest("refresh")) == examples.refresh_token(
        grant=revoked, rotated_at=later(2)
    )
    assert await storage.opaque_access_token(Digest("access")) == examples.access_token(
        grant=revoked, revoked_at=later(3)
    )


async def test_a_code_and_its_grant_are_of_one_moment(nodes):
    """The code with its grant, both as of one moment: never the one before a commit and the other after."""
    reader, writer = nodes.open(), nodes.open()
    rounds = 100
    await writer.commit(SIGNED_IN)
    for i in range(rounds):
        grant = examples.grant(f"grant-{i}")
        await writer.commit(
            (
                writes.AddGrant(grant),
                writes.AddAuthorizationCode(examples.code(f"code-{i}", grant=grant)),
                writes.AddRefreshToken(examples.refresh_token(f"refresh-{i}", grant=grant)),
                writes.AddOpaqueAccessToken(examples.access_token(f"access-{i}", grant=grant)),
            )
        )

    async def spend_everything() -> None:
        for i in range(rounds):
            await writer.commit(
                (
                    writes.RedeemCode(Digest(f"code-{i}"), NOW),
                    writes.RotateRefreshToken(Digest(f"refresh-{i}"), NOW),
                    writes.RevokeOpaqueAccessToken(Digest(f"access-{i}"), NOW),
                    writes.RevokeGrant(GrantId(f"grant-{i}"), NOW),
                )
            )

    spending = asyncio.create_task(spend_everything())
    for i in range(rounds):
        spent = False
        while not spent:
            code = await reader.authorization_code(Digest(f"code-{i}"))
            token = await reader.refresh_token(Digest(f"refresh-{i}"))
            access = await reader.opaque_access_token(Digest(f"access-{i}"))
            assert (code.redeemed_at is None) == (code.grant.revoked_at is None)
            assert (token.rotated_at is None) == (token.grant.revoked_at is None)
            assert (access.revoked_at is None) == (access.grant.revoked_at is None)
            spent = code.redeemed_at is not None
            await asyncio.sleep(0)
    await spending


async def test_clients_and_resources_are_at_once_as_their_own_node_committed_them(storage):
    """What a node wrote it sees at once: clients and APIs too, which it remembers."""
    assert await storage.client(APP) is None
    assert await storage.protected_resources() == ()
    api = examples.protected_resource()
    await storage.commit((writes.SaveClient(examples.client()), writes.SaveProtectedResource(api)))
    assert await storage.client(APP) == examples.client()
    assert await storage.protected_resources() == (api,)
    changed, renamed = examples.client(disabled_at=None), replace(api, name="Renamed")
    await storage.commit((writes.SaveClient(changed), writes.SaveProtectedResource(renamed)))
    assert await storage.client(APP) == changed
    assert await storage.protected_resources() == (renamed,)
    await storage.commit((writes.DeleteClient(APP), writes.DeleteProtectedResource(api.resource)))
    assert await storage.client(APP) is None
    assert await storage.protected_resources() == ()


async def test_clients_and_resources_of_other_nodes_are_seen_within_250_ms(nodes):
    """A change of a client or an API is seen by every node, 250 ms after the commit at the latest."""
    first, second = nodes.open(), nodes.open()
    api = examples.protected_resource()
    await second.commit((writes.SaveClient(examples.client()), writes.SaveProtectedResource(api)))
    for node in (first, second):
        assert await node.client(APP) == examples.client()
        assert await node.protected_resources() == (api,)
    changed, renamed = examples.client(disabled_at=None), replace(api, name="Renamed")
    await first.commit((writes.SaveClient(changed), writes.SaveProtectedResource(renamed)))
    nodes.clock.seconds += 0.25
    for node in (first, second):
        assert await node.client(APP) == changed
        assert await node.protected_resources() == (renamed,)
    await second.commit((writes.DeleteClient(APP), writes.DeleteProtectedResource(api.resource)))
    nodes.clock.seconds += 0.25
    for node in (first, second):
        assert await node.client(APP) is None
        assert await node.protected_resources() == ()


async def test_a_client_that_another_node_just_registered_is_known_at_once(nodes):
    """Who registers at one node and asks for a token at the next is not turned away."""
    first, second = nodes.open(), nodes.open()
    assert await first.client(APP) is None
    await second.commit((writes.SaveClient(examples.client()),))
    assert await first.client(APP) == examples.client()


async def test_the_registry_version_tells_of_every_change(nodes):
    """Another number after every change of a client, an API or a signing key, on any node; at once."""
    first, second = nodes.open(), nodes.open()
    seen = [await first.registry_version()]
    for write in (
        writes.SaveClient(examples.client()),
        writes.DeleteClient(APP),
        writes.SaveProtectedResource(examples.protected_resource()),
        writes.DeleteProtectedResource("https://api.example.com"),
        idp_writes.AddSigningKey(examples.signing_key(), None, None),
        idp_writes.DeleteSigningKey("key-1"),
    ):
        await second.commit((write,))
        seen.append(await first.registry_version())
    assert len(set(seen)) == len(seen)
    await second.commit((*SIGNED_IN, writes.RecordEvent(examples.event())))
    assert await first.registry_version() == seen[-1]


async def test_lists_are_in_the_order_that_the_port_names(storage):
    """APIs by resource, clients by client_id, groups by name, consents by client_id: by code point."""
    names = ["b", "a", "Z", "ä", "10", "9"]
    await storage.commit(
        [
            write
            for name in names
            for write in (
                writes.SaveProtectedResource(examples.protected_resource(name)),
                writes.SaveClient(examples.client(name)),
                idp_writes.SaveGroup(examples.group(name)),
                writes.SaveConsent(examples.consent(client_id=ClientId(name))),
                writes.SaveConsent(examples.consent(client_id=ClientId(name), subject=Subject("bob"))),
            )
        ]
    )
    assert [each.resource for each in await storage.protected_resources()] == sorted(names)
    assert [each.client_id for each in await storage.clients()] == sorted(names)
    assert [each.name for each in await storage.groups()] == sorted(names)
    assert [each.client_id for each in await storage.consents_of(ALICE)] == sorted(names)


async def test_accounts_come_in_pages_by_username(storage):
    """A page of accounts ordered by normal username, beginning behind *after*."""
    names = [f"person-{i:02}" for i in range(7)]
    await storage.commit([idp_writes.AddAccount(examples.account(name)) for name in reversed(names)])
    pages, after = [], ""
    while page := await storage.accounts(after=after, limit=3):
        pages.append([account.normal_username for account in page])
        after = page[-1].normal_username
    assert pages == [names[:3], names[3:6], names[6:]]
    assert len(await storage.accounts()) == len(names)


async def test_a_persons_open_sessions_are_listed_newest_first(storage):
    """Sessions of the person that have not ended, newest first; expired ones included."""
    await storage.commit(
        (
            writes.AddSession(examples.session("old", authenticated_at=later(-5), expires_at=later(-4))),
            writes.AddSession(examples.session("new", authenticated_at=later(5))),
            writes.AddSession(examples.session("ended", authenticated_at=later(9))),
            writes.AddSession(examples.session("bobs", subject=Subject("bob"))),
            writes.EndSession(SessionId("ended"), NOW),
        )
    )
    assert [each.session_id for each in await storage.sessions_of(ALICE)] == ["new", "old"]


async def test_a_persons_live_grants_are_listed_newest_first(storage):
    """Grants of the person that are not revoked, newest first."""
    await storage.commit(
        (
            *SIGNED_IN,
            writes.AddGrant(examples.grant("old", created_at=later(-5))),
            writes.AddGrant(examples.grant("new", created_at=later(5))),
            writes.AddGrant(examples.grant("revoked", created_at=later(9))),
            writes.AddGrant(examples.grant("bobs", subject=Subject("bob"))),
            writes.RevokeGrant(GrantId("revoked"), NOW),
        )
    )
    assert [each.grant_id for each in await storage.grants_of(ALICE)] == ["new", "old"]


async def test_consents_of_a_person_are_theirs(storage):
    """Remembered consents of the person."""
    other = Consent(Subject("bob"), APP, Scope("items:read"), later(1))
    await storage.commit((writes.SaveConsent(examples.consent()), writes.SaveConsent(other)))
    assert await storage.consents_of(ALICE) == (examples.consent(),)
    assert await storage.consents_of(Subject("bob")) == (other,)


async def test_signing_keys_are_listed_oldest_first(storage):
    """All signing keys, oldest first: in the order in which they succeeded each other."""
    keys = [examples.signing_key(f"{9 - i}", alg=alg) for i, alg in enumerate(("ES256", "RS256", "PS256"))]
    newest = examples.signing_key("0", sealed_private_jwk=bytes(range(256)))
    await storage.commit([idp_writes.AddSigningKey(key, None, None) for key in keys])
    await storage.commit((idp_writes.AddSigningKey(newest, "9", later(5)),))
    assert await storage.signing_keys() == (replace(keys[0], removes_at=later(5)), keys[1], keys[2], newest)


async def test_the_audit_log_is_read_backwards(storage):
    """The newest lines of the audit log, newest first: the order of commits, not of clocks."""
    events = [examples.event(str(i), at=later(-i)) for i in range(5)]
    await storage.commit([writes.RecordEvent(event) for event in events[:3]])
    await storage.commit([writes.RecordEvent(event) for event in events[3:]])
    assert await storage.events() == tuple(reversed(events))
    assert await storage.events(limit=2) == (events[4], events[3])
