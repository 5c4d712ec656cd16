"""authwright.idp.desired_state.apply: reading, planning and one commit, against a storage."""

from pathlib import Path

import pytest

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.storage import Conflict
from authwright.idp.accounts.accounts import StoredAccounts
from authwright.idp.accounts.known_browsers import KnownBrowsers
from authwright.idp.accounts.password import Argon2Parameters, PasswordHashes
from authwright.idp.desired_state.apply import commit, prepare
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.document import read_document
from authwright.oauth.types import Secret, Timestamp
from authwright.testing.entropy import CountingEntropy
from authwright.testing.memory_storage import MemoryStorage

NOW = Timestamp(1_800_000_000)
EXAMPLE = Path(__file__).parents[4] / "examples" / "idp.toml"


class World:
    def __init__(self):
        self.storage, self.entropy = MemoryStorage(), CountingEntropy()
        self.hashes = PasswordHashes(parameters=Argon2Parameters(memory_kib=8, passes=1))
        self.accounts = StoredAccounts(
            self.storage,
            hashes=self.hashes,
            known_browsers=KnownBrowsers(bytes(32), self.entropy),
            entropy=self.entropy,
            issuer="https://id.example.com",
        )

    async def plan(self, text, directory=Path(), *, prune=False):
        desired = read_document(text, directory)
        return await prepare(desired, self.storage, self.accounts, self.entropy, NOW, prune=prune)

    async def apply(self, text, directory=Path(), *, prune=False):
        plan = await self.plan(text, directory, prune=prune)
        await commit(plan, self.storage)
        return plan


@pytest.fixture
def world():
    world = World()
    yield world
    world.hashes.close()


async def test_the_example_applies_and_a_second_time_changes_nothing(world):
    """examples/idp.toml is what the documentation shows: it works, and it is idempotent."""
    text = EXAMPLE.read_text()
    first = await world.apply(text, EXAMPLE.parent)
    assert len(first.changes) == 10
    second = await world.apply(text, EXAMPLE.parent)
    assert second.changes == ()
    assert second.unchanged == 10


async def test_a_plan_alone_changes_nothing(world):
    """--dry-run."""
    plan = await world.plan(EXAMPLE.read_text())
    assert plan.changes
    assert await world.storage.clients() == ()
    assert await world.storage.events() == ()


async def test_all_or_nothing(world):
    """One commit: when one guard fails, nothing of the file is there."""
    plan = await world.plan('[[group]]\nname = "g"\n[[user]]\nusername = "alice"')
    await world.accounts.add("alice", now=NOW)
    with pytest.raises(DeclarationError) as caught:
        await commit(plan, world.storage)
    assert caught.value.problem is Problem.CHANGED_MEANWHILE
    assert isinstance(caught.value.__context__, Conflict)
    assert await world.storage.groups() == ()


async def test_an_initial_password_signs_in_and_is_not_set_again(world, tmp_path):
    """Later the password is the person's own."""
    (tmp_path / "p").write_text("walnut drawer spokeshave lantern\n")
    (tmp_path / "p").chmod(0o600)
    text = '[[user]]\nusername = "alice"\ninitial_password_file = "p"'
    await world.apply(text, tmp_path)
    account = await world.storage.account_by_username("alice")
    assert await world.hashes.verify(account.password_hash, Secret("walnut drawer spokeshave lantern"))
    await world.accounts.change_password(account, Secret("another mortise gauge entirely"), now=NOW)
    assert (await world.apply(text, tmp_path)).changes == ()
    account = await world.storage.account_by_username("alice")
    assert await world.hashes.verify(account.password_hash, Secret("another mortise gauge entirely"))


async def test_a_weak_initial_password_is_refused(world, tmp_path):
    """Configuration as code is no way round the password rules."""
    (tmp_path / "p").write_text("password1234")
    (tmp_path / "p").chmod(0o600)
    with pytest.raises(DeclarationError) as caught:
        await world.plan('[[user]]\nusername = "alice"\ninitial_password_file = "p"', tmp_path)
    assert caught.value.problem is Problem.WEAK_SECRET
    assert "password1234" not in str(caught.value)


async def test_prune_takes_members_out_of_the_group(world):
    """Also those whom the file does not name."""
    await world.apply(
        '[[group]]\nname = "a"\n[[group]]\nname = "b"\n[[user]]\nusername = "u"\ngroups = ["a", "b"]'
    )
    await world.apply('[[group]]\nname = "b"', prune=True)
    account = await world.storage.account_by_username("u")
    assert account.groups == ("b",)
    assert [group.name for group in await world.storage.groups()] == ["b"]


async def test_every_change_is_audited(world):
    """Who configures by file leaves the same traces as who clicks."""
    await world.apply('[[group]]\nname = "a"\n[[user]]\nusername = "u"')
    assert {event.kind for event in await world.storage.events()} == {
        EventKind.GROUP_SAVED,
        EventKind.ACCOUNT_SAVED,
    }
