"""authwright.idp.desired_state.plan: the difference between what is and what shall be, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.writes import EndSessionsOf, RecordEvent, RevokeGrantsOf, SaveClient
from authwright.idp.desired_state.change import Action, Circumstances
from authwright.idp.desired_state.client import declaration_of, read_client
from authwright.idp.desired_state.current import CurrentState
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.difference import Difference
from authwright.idp.desired_state.document import read_document
from authwright.idp.desired_state.plan import make_plan
from authwright.idp.records import Account, Group
from authwright.idp.writes import AddAccount, DeleteGroup, SaveAccount
from authwright.oauth.types import Secret, Subject, Timestamp
from authwright.testing.entropy import CountingEntropy

NOW = Timestamp(1_800_000_000)
EMPTY = CurrentState(apis={}, clients={}, groups={}, people={})
STATE = """
[[api]]
resource = "https://api.example.com"
name = "API"
access_token_lifetime = "5m"
[api.scopes]
"items:read" = "Read"

[[client]]
client_id = "web"
client_name = "Web"
redirect_uris = ["https://app.example.com/cb"]
scope = "openid items:read"

[[group]]
name = "editors"

[[user]]
username = "alice"
groups = ["editors"]
email = "alice@example.com"
"""


def plan(text, current=EMPTY, *, prune=False, seed=""):
    circumstances = Circumstances(NOW, CountingEntropy(seed))
    return make_plan(read_document(text, Path()), current, circumstances, prune=prune)


def applied(text):
    """The state that a file leads to from nothing."""
    desired = read_document(text, Path())
    made = make_plan(desired, EMPTY, Circumstances(NOW, CountingEntropy()))
    clients = [write.client for write in made.writes if isinstance(write, SaveClient)]
    accounts = [write.account for write in made.writes if isinstance(write, AddAccount)]
    return CurrentState(
        apis={api.resource: api for api in desired.apis},
        clients={client.client_id: client for client in clients},
        groups={group.name: group for group in desired.groups},
        people={account.normal_username: account for account in accounts},
    )


def only(changes):
    (change,) = changes
    return change


def events(change):
    return [write.event.kind for write in change.writes if isinstance(write, RecordEvent)]


def test_from_nothing_everything_is_created():
    """In the order in which things refer to each other, each with its audit event."""
    made = plan(STATE)
    assert [(change.action, change.kind) for change in made.changes] == [
        (Action.CREATE, "api"),
        (Action.CREATE, "client"),
        (Action.CREATE, "group"),
        (Action.CREATE, "user"),
    ]
    assert [kind for change in made.changes for kind in events(change)] == [
        EventKind.RESOURCE_SAVED,
        EventKind.CLIENT_SAVED,
        EventKind.GROUP_SAVED,
        EventKind.ACCOUNT_SAVED,
    ]


def test_a_new_confidential_client_gets_a_secret_that_is_shown_once():
    """What is stored is a digest; the secret is in the plan and nowhere else."""
    made = plan(STATE)
    ((client_id, secret),) = made.new_secrets
    client = only(write.client for write in made.writes if isinstance(write, SaveClient))
    assert client_id == "web"
    assert client.client_secret_digests == (secret.digest(),)
    assert secret.reveal() not in repr(made)


def test_a_second_time_nothing_changes():
    """Idempotent: also with another entropy, and with no new secret."""
    made = plan(STATE, applied(STATE), seed="another")
    assert made.changes == ()
    assert made.unchanged == 4
    assert made.new_secrets == ()
    assert made.writes == ()


@pytest.mark.parametrize(
    ("old", "new", "kind", "difference"),
    [
        ('name = "API"', 'name = "Items"', "api", Difference("name", ("API",), ("Items",))),
        ('"5m"', '"10m"', "api", Difference("access_token_lifetime", ("5m",), ("10m",))),
        ('"Read"', '"Look"', "api", Difference("scopes", ("items:read (Read)",), ("items:read (Look)",))),
        ("openid items", "openid email items", "client", Difference("scope", (), ("email",))),
        ("/cb", "/cb2", "client", Difference("redirect_uris", ("https://app.example.com/cb",), ("https://app.example.com/cb2",))),
        ('"editors"\n\n', '"editors"\nroles = ["r"]\n\n', "group", Difference("roles", (), ("r",))),
        ("alice@", "a@", "user", Difference("email", ("alice@example.com",), ("a@example.com",))),
    ],
)  # fmt: skip
def test_a_change_is_an_update_in_place(old, new, kind, difference):
    """One thing changes, in one key, and the rest is left alone."""
    made = plan(STATE.replace(old, new), applied(STATE))
    change = only(made.changes)
    assert (change.action, change.kind) == (Action.UPDATE, kind)
    assert change.differences == (difference,)
    assert made.unchanged == 3


def test_an_update_keeps_what_the_file_cannot_say():
    """Secrets and dates of a client stay."""
    current = applied(STATE)
    before = current.clients["web"]
    made = plan(STATE.replace("openid items", "items"), current)
    client = only(write.client for write in made.writes if isinstance(write, SaveClient))
    assert client.client_secret_digests == before.client_secret_digests
    assert client.created_at == before.created_at


def test_what_a_client_leaves_out_has_its_default_again():
    """The file says everything about a client."""
    with_consent = STATE.replace('client_name = "Web"', 'client_name = "Web"\nrequire_consent = true')
    change = only(plan(STATE, applied(with_consent)).changes)
    assert change.differences == (Difference("require_consent", ("true",), ("false",)),)


def test_what_a_person_is_not_said_to_have_is_the_persons_own():
    """Of a person the file says what it names: claims, roles and groups that it does not mention stay."""
    current = applied(STATE)
    alice = replace(
        current.people["alice"], roles=("admin",), claims={"email": "alice@example.com", "name": "Alice"}
    )
    made = plan(STATE, replace(current, people={"alice": alice}))
    assert made.changes == ()
    made = plan(STATE.replace('groups = ["editors"]\n', ""), replace(current, people={"alice": alice}))
    assert made.changes == ()


def test_a_disabled_person_is_out_at_once():
    """Sessions end and grants are revoked in the same commit."""
    made = plan(STATE + "disabled = true", applied(STATE))
    change = only(made.changes)
    subject = applied(STATE).people["alice"].subject
    assert EndSessionsOf(subject, NOW) in change.writes
    assert RevokeGrantsOf(subject, NOW) in change.writes
    assert events(change) == [EventKind.ACCOUNT_SAVED, EventKind.ACCOUNT_DISABLED]
    saved = only(write.account for write in change.writes if isinstance(write, SaveAccount))
    assert saved.disabled_at == NOW


def test_disabled_stays_disabled_since_then():
    """The time of disabling does not move with every apply."""
    text = STATE.replace('client_name = "Web"', 'client_name = "Web"\ndisabled = true')
    current = applied(text)
    web = replace(current.clients["web"], disabled_at=Timestamp(5))
    assert plan(text, replace(current, clients={"web": web})).changes == ()


def test_a_client_that_becomes_public_loses_its_secrets():
    """A secret that nobody may use any more must not be there to be used."""
    public = STATE.replace('client_name = "Web"', 'client_name = "Web"\ntoken_endpoint_auth_method = "none"')
    made = plan(public, applied(STATE))
    client = only(write.client for write in made.writes if isinstance(write, SaveClient))
    assert client.client_secret_digests == ()
    assert made.new_secrets == ()
    again = plan(STATE, applied(public))
    assert len(again.new_secrets) == 1


def test_a_secret_file_replaces_the_secret_and_the_same_one_changes_nothing(tmp_path):
    """Rotation by file."""
    (tmp_path / "s").write_text("k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd")
    (tmp_path / "s").chmod(0o600)
    text = STATE.replace('client_name = "Web"', 'client_name = "Web"\nclient_secret_file = "s"')
    desired = read_document(text, tmp_path)
    circumstances = Circumstances(NOW, CountingEntropy())
    current = applied(STATE)
    made = make_plan(desired, current, circumstances)
    client = only(write.client for write in made.writes if isinstance(write, SaveClient))
    assert client.client_secret_digests == (Secret("k3Jf9-Ls0aPqXv82mN4bTz7RwYc6UeHd").digest(),)
    assert make_plan(desired, replace(current, clients={"web": client}), circumstances).changes == ()


def test_what_is_not_in_the_file_is_kept_and_named():
    """A shorter file deletes nothing."""
    made = plan('[[group]]\nname = "readers"', applied(STATE))
    assert [change.action for change in made.changes] == [Action.CREATE]
    assert made.undeclared == (
        ("api", "https://api.example.com"),
        ("client", "web"),
        ("group", "editors"),
    )


def test_prune_deletes_only_kinds_that_the_file_has():
    """A file without clients says nothing about clients. People are never deleted."""
    made = plan('[[group]]\nname = "readers"', applied(STATE), prune=True)
    assert [(change.action, change.kind, change.name) for change in made.changes] == [
        (Action.CREATE, "group", "readers"),
        (Action.DELETE, "group", "editors"),
    ]
    assert made.undeclared == (("api", "https://api.example.com"), ("client", "web"))


def test_members_leave_a_group_that_is_pruned():
    """Nobody may carry a group that there is not into their tokens."""
    bob = Account(Subject("b"), "bob", "bob", groups=("editors", "readers"))
    current = replace(
        applied(STATE), members=(bob,), groups={"editors": Group("editors"), "readers": Group("readers")}
    )
    made = plan('[[group]]\nname = "readers"', replace(current, people={}), prune=True)
    saved = only(write.account for write in made.writes if isinstance(write, SaveAccount))
    assert saved.groups == ("readers",)
    assert DeleteGroup("editors") in made.writes


def test_a_declared_member_leaves_it_too():
    """Whose groups the file does not mention."""
    current = applied(STATE)
    text = '[[group]]\nname = "readers"\n[[user]]\nusername = "alice"'
    made = plan(text, replace(current, members=(current.people["alice"],)), prune=True)
    saved = only(write.account for write in made.writes if isinstance(write, SaveAccount))
    assert saved.groups == ()


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (STATE.replace('scope = "openid items:read"', 'scope = "openid items:raed"'), "items:read"),
        (STATE.replace('groups = ["editors"]', 'groups = ["editor"]'), "editors"),
        (STATE.replace('name = "API"', 'name = "API"\nintrospection_clients = ["wep"]'), "web"),
    ],
)
def test_a_name_that_points_at_nothing_is_refused(text, near):
    """A misspelt scope or group would silently do nothing for ever."""
    with pytest.raises(DeclarationError) as caught:
        plan(text)
    assert caught.value.problem is Problem.UNKNOWN_NAME
    assert near in caught.value.expected


def test_what_is_stored_may_be_pointed_at_unless_it_is_pruned():
    """A group of an earlier file is there, until this file deletes it."""
    text = '[[group]]\nname = "readers"\n[[user]]\nusername = "bob"\ngroups = ["editors"]'
    assert plan(text, applied(STATE)).changes
    with pytest.raises(DeclarationError):
        plan(text, applied(STATE), prune=True)


def test_a_declaration_can_be_made_of_a_client():
    """What `declaration_of` says is read as the same client."""
    client = applied(STATE).clients["web"]
    declared = read_client(declaration_of(client), Path(), "test")
    assert (
        replace(declared.client, client_secret_digests=client.client_secret_digests, created_at=NOW) == client
    )
