"""Apply a declaration: read what is there, make the plan, commit it as one."""

from authwright.authorization_server.ports import Entropy
from authwright.authorization_server.storage import Conflict
from authwright.idp.accounts.accounts import StoredAccounts
from authwright.idp.accounts.password_rules import PasswordRefused
from authwright.idp.desired_state.change import Circumstances
from authwright.idp.desired_state.current import CurrentState, read_current
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.document import DesiredState
from authwright.idp.desired_state.person import DesiredPerson
from authwright.idp.desired_state.plan import Plan, make_plan
from authwright.idp.records import Account
from authwright.idp.shown_in_errors import shown
from authwright.idp.storage.port import ProductStorage
from authwright.oauth.types import Secret, Subject, Timestamp


async def prepare(
    desired: DesiredState,
    storage: ProductStorage,
    accounts: StoredAccounts,
    entropy: Entropy,
    now: Timestamp,
    *,
    prune: bool = False,
) -> Plan:
    """The plan, with nothing changed yet. Raises `DeclarationError`."""
    current = await read_current(storage, desired, prune=prune)
    hashes = await _password_hashes(desired, current, accounts)
    return make_plan(desired, current, Circumstances(now, entropy, hashes), prune=prune)


async def commit(plan: Plan, storage: ProductStorage) -> None:
    """Make *plan* so, all of it or nothing. Raises `DeclarationError` when somebody was faster."""
    try:
        await storage.commit(plan.writes)
    except Conflict as conflict:
        raise DeclarationError(
            Problem.CHANGED_MEANWHILE,
            "what is stored",
            received=f"another change at the same time ({type(conflict.write).__name__})",
            expected="no change between reading and writing",
            write="the same command again",
        ) from None


async def _password_hashes(
    desired: DesiredState, current: CurrentState, accounts: StoredAccounts
) -> dict[str, str]:
    return {
        person.normal_username: await _password_hash(person, person.initial_password, accounts)
        for person in desired.people
        if person.initial_password is not None and person.normal_username not in current.people
    }


async def _password_hash(person: DesiredPerson, password: Secret, accounts: StoredAccounts) -> str:
    account = Account(Subject(""), person.username, person.normal_username, claims=person.claims)
    try:
        return await accounts.new_hash(account, password)
    except PasswordRefused as refused:
        raise DeclarationError(
            Problem.WEAK_SECRET,
            f"[[user]] {shown(person.username)}, initial_password_file",
            received="a password that is refused",
            expected=f"a better one. {refused.advice}",
            write="another password in the file",
        ) from None
