"""What is declared on the command line goes the way of a file: the same checks, the same plan, one commit."""

from typing import TYPE_CHECKING

from authwright.idp.desired_state.apply import commit, prepare
from authwright.idp.desired_state.document import DesiredState
from authwright.idp.desired_state.entry import Key
from authwright.idp.desired_state.plan import Plan

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider

_OPTIONS = {
    "client_name": "name",
    "redirect_uris": "redirect-uri",
    "post_logout_redirect_uris": "post-logout-redirect-uri",
    "roles": "role",
    "groups": "group",
    "token_endpoint_auth_method": "auth-method",
}
"""Options whose name is not that of the key."""

_OTHERWISE = {
    "client_id": "notes-web   as CLIENT_ID",
    "username": "alice   as USERNAME",
    "grant_types": "either --machine or --redirect-uri: nobody is sent back to a machine",
}
"""What is to be written for keys that are no options."""


def as_option(key: Key) -> str:
    """How *key* is written where something is added; a list is an option that is given again."""
    return _OTHERWISE.get(key.name) or f"--{_option(key)} {_example(key)}"


def as_change(key: Key) -> str:
    """How *key* is written where something is changed: a list by what comes to it."""
    return f"--add-{_option(key)} {_example(key)}" if key.example.startswith("[") else as_option(key)


def _option(key: Key) -> str:
    return _OPTIONS.get(key.name, key.name.replace("_", "-"))


def _example(key: Key) -> str:
    return key.example.removeprefix("[").removesuffix("]").partition(", ")[0]


async def declare(idp: "IdentityProvider", desired: DesiredState) -> Plan:
    """Make it so. Raises `DeclarationError`."""
    server = idp.server
    plan = await prepare(desired, idp.storage, idp.accounts, server.entropy, server.clock.now())
    await commit(plan, idp.storage)
    return plan
