"""``[[api]]``: an API, its scopes, and how its access tokens look. :rfc:`8707`, :rfc:`9068`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.records import ProtectedResource
from authwright.authorization_server.writes import DeleteProtectedResource, SaveProtectedResource
from authwright.idp.desired_state import kinds
from authwright.idp.desired_state.change import Action, Change, Circumstances, defaults
from authwright.idp.desired_state.difference import choices, differences
from authwright.idp.desired_state.entry import Key, Line, in_toml, read_entry
from authwright.idp.storage.prune import LONGEST_ACCESS_TOKEN_LIFETIME
from authwright.oauth.types import ClientId

_ALGORITHMS: Final = ("ES256", "RS256", "PS256", "EdDSA")

KEYS: Final = (
    Key("resource", kinds.resource, "an absolute URI", '"https://api.example.com"'),
    Key("name", kinds.text, "a name that people read", '"Notes"'),
    Key(
        "scopes",
        kinds.scope_descriptions,
        "a table of scope tokens and what each means to a person",
        '{ "notes:read" = "Read your notes" }',
        default=(),
    ),
    Key("access_token_format", kinds.one_of("jwt", "opaque"), "jwt or opaque", '"jwt"', default="jwt"),
    Key(
        "access_token_signed_response_alg",
        kinds.one_of(*_ALGORITHMS),
        f"one of {', '.join(_ALGORITHMS)}",
        '"ES256"',
        default="ES256",
    ),
    Key(
        "access_token_lifetime",
        kinds.seconds(timedelta(minutes=1), timedelta(seconds=LONGEST_ACCESS_TOKEN_LIFETIME)),
        "a duration from 1m to 1d",
        '"10m"',
        default=None,
    ),
    Key(
        "introspection_clients",
        kinds.set_of(kinds.client_id),
        "an array of the client_ids that act for this API at the introspection endpoint",
        '["notes-api"]',
        default=frozenset[ClientId](),
    ),
)


def read_api(table: Mapping[str, object], where: str, line: Line = in_toml) -> ProtectedResource:
    """The API that *table* declares. Raises `DeclarationError`."""
    return ProtectedResource(**read_entry(table, KEYS, where, line))


def change_api(
    api: ProtectedResource, stored: ProtectedResource | None, circumstances: Circumstances
) -> Change | None:
    """From *stored* to *api*; None when they are the same."""
    if api == stored:
        return None
    return Change(
        Action.CREATE if stored is None else Action.UPDATE,
        "api",
        api.resource,
        choices(_described(api), _DEFAULTS)
        if stored is None
        else differences(_described(stored), _described(api)),
        (SaveProtectedResource(api), circumstances.event(EventKind.RESOURCE_SAVED, detail=api.resource)),
    )


def delete_api(resource: str, circumstances: Circumstances) -> Change:
    """Take it away; tokens already issued for it live out their minutes."""
    event = circumstances.event(EventKind.RESOURCE_DELETED, detail=resource)
    return Change(Action.DELETE, "api", resource, (), (DeleteProtectedResource(resource), event))


def _described(api: ProtectedResource) -> dict[str, Any]:
    described = {key.name: getattr(api, key.name) for key in KEYS if key.name != "resource"}
    return described | {"access_token_lifetime": kinds.spelled_seconds(api.access_token_lifetime)}


_DEFAULTS: Final = defaults(KEYS)
