"""``[[client]]``: a client, in the words of :rfc:`7591#section-2`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from authwright.authorization_server.events import EventKind
from authwright.authorization_server.id_token_hint import ID_TOKEN_ALGORITHMS
from authwright.authorization_server.records import Client
from authwright.authorization_server.writes import DeleteClient, SaveClient
from authwright.idp.desired_state import kinds
from authwright.idp.desired_state.change import Action, Change, Circumstances, defaults
from authwright.idp.desired_state.declaration_error import DeclarationError, Problem
from authwright.idp.desired_state.difference import Difference, choices, differences
from authwright.idp.desired_state.entry import Key, Line, in_toml, read_entry
from authwright.idp.desired_state.secret_file import read_client_secret
from authwright.idp.shown_in_errors import shown
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.redirect_uri import check_registrable
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Digest, Secret

_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
_GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials")
_ID_TOKEN_ALGORITHMS: Final = tuple(sorted(ID_TOKEN_ALGORITHMS))

_METHOD: Final = Key(
    "token_endpoint_auth_method",
    kinds.one_of(*_METHODS),
    f"one of {', '.join(_METHODS)}",
    '"client_secret_basic"',
    default="client_secret_basic",
)
_GRANT_TYPES: Final = Key(
    "grant_types",
    kinds.set_of(kinds.one_of(*_GRANTS)),
    f"an array of {', '.join(_GRANTS)}",
    '["authorization_code", "refresh_token"]',
    default=frozenset({"authorization_code", "refresh_token"}),
)
_REDIRECT_URIS: Final = Key(
    "redirect_uris",
    kinds.array(kinds.text),
    "an array of absolute URIs, compared byte for byte",
    '["https://app.example.com/callback"]',
    default=(),
)
_POST_LOGOUT_REDIRECT_URIS: Final = Key(
    "post_logout_redirect_uris",
    kinds.array(kinds.text),
    "an array of absolute URIs",
    '["https://app.example.com/"]',
    default=(),
)
_JWKS_URI: Final = Key("jwks_uri", kinds.url, "an https URL", '"https://app.example.com/jwks"', default=None)
_REQUIRE_PKCE: Final = Key("require_pkce", kinds.flag, "true or false", "true", default=True)

KEYS: Final = (
    Key("client_id", kinds.client_id, "a name of ASCII characters without spaces", '"notes-web"'),
    Key("client_name", kinds.text, "the name that people read on the consent page", '"Notes"'),
    Key("application_type", kinds.one_of("web", "native"), "web or native", '"web"', default="web"),
    _METHOD,
    _GRANT_TYPES,
    Key(
        "scope",
        kinds.scope,
        "the scope tokens that this client may ask for, with spaces between",
        '"openid profile email"',
        default=Scope("openid", "profile", "email"),
    ),
    _REDIRECT_URIS,
    _POST_LOGOUT_REDIRECT_URIS,
    Key("jwks", kinds.jwks, "a JWK Set as a table", '{ keys = [{ kty = "EC", … }] }', default=None),
    _JWKS_URI,
    Key(
        "id_token_signed_response_alg",
        kinds.one_of(*_ID_TOKEN_ALGORITHMS),
        f"one of {', '.join(_ID_TOKEN_ALGORITHMS)}",
        '"RS256"',
        default="RS256",
    ),
    _REQUIRE_PKCE,
    Key("require_consent", kinds.flag, "true or false", "true", default=False),
    Key(
        "default_max_age",
        kinds.seconds(timedelta(seconds=1), timedelta(days=365)),
        "a duration from 1s to 365d",
        '"1h"',
        default=None,
    ),
    Key("require_auth_time", kinds.flag, "true or false", "true", default=False),
    Key("roles", kinds.array(kinds.name), "an array of role names", '["importer"]', default=()),
    Key("client_uri", kinds.url, "an https URL", '"https://app.example.com/"', default=None),
    Key("logo_uri", kinds.url, "an https URL", '"https://app.example.com/logo.svg"', default=None),
    Key("policy_uri", kinds.url, "an https URL", '"https://app.example.com/privacy"', default=None),
    Key("tos_uri", kinds.url, "an https URL", '"https://app.example.com/terms"', default=None),
    Key("disabled", kinds.flag, "true or false", "true", default=False),
    Key(
        "client_secret_file",
        lambda raw: raw,  # read by `read_client_secret`
        "the path of a file",
        '"secrets/notes-web"',
        default=None,
    ),
)


@dataclass(frozen=True, slots=True)
class DesiredClient:
    """A client as declared. *client* has no secrets and no times; *secret* is that of its file."""

    client: Client
    secret: Secret | None
    disabled: bool


def has_secret(client: Client) -> bool:
    """Whether the client authenticates by a secret."""
    return client.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post")


def read_client(
    table: Mapping[str, object], directory: Path, where: str, line: Line = in_toml
) -> DesiredClient:
    """The client that *table* declares. Reads its secret's file. Raises `DeclarationError`."""
    values = read_entry(table, KEYS, where, line)
    del values["client_secret_file"]
    disabled = values.pop("disabled")
    code = "authorization_code" in values["grant_types"]
    client = Client(**values, response_types=frozenset({"code"} if code else ()))
    _check(client, "client_secret_file" in table, where, line)
    return DesiredClient(client, read_client_secret(table, directory, where), disabled)


def _check(client: Client, has_secret_file: bool, where: str, line: Line) -> None:  # noqa: FBT001 - private
    """What no key can say alone. Raises `DeclarationError`."""
    method = client.token_endpoint_auth_method
    contradiction = _contradiction(client)
    if contradiction is None and has_secret_file and not has_secret(client):
        key = replace(_METHOD, example='"client_secret_basic", or leave out client_secret_file')
        contradiction = key, f"client_secret_file with {method}", "a method that uses a secret"
    if contradiction is not None:
        key, received, expected = contradiction
        raise DeclarationError(
            Problem.CONTRADICTION,
            f"{where}, {key.name}",
            received=received,
            expected=expected,
            write=line(key),
        )
    for key, uris in (
        (_REDIRECT_URIS, client.redirect_uris),
        (_POST_LOGOUT_REDIRECT_URIS, client.post_logout_redirect_uris),
    ):
        for uri in uris:
            _check_uri(uri, client, key, where, line)


def _check_uri(uri: str, client: Client, key: Key, where: str, line: Line) -> None:
    try:
        check_registrable(uri, client.application_type)
    except InvalidValue as error:
        raise DeclarationError(
            Problem.INVALID_VALUE,
            f"{where}, {key.name}",
            received=shown(uri),
            expected=f"https, or http to this machine, or for native a reversed domain name ({error.detail})",
            write=line(key),
        ) from None


def _contradiction(client: Client) -> tuple[Key, str, str] | None:
    """The key to change, what was received and what is expected; None when the client makes sense."""
    method, grants = client.token_endpoint_auth_method, client.grant_types
    public, code = method == "none", "authorization_code" in grants
    has_keys = client.jwks is not None, client.jwks_uri is not None
    rules: tuple[tuple[bool, Key, str, str], ...] = (
        (not grants, _GRANT_TYPES, "an empty array", "at least one grant"),
        (
            public and "client_credentials" in grants,
            _METHOD,
            "client_credentials for a client that proves nothing",
            "a client that authenticates (RFC 6749 §4.4)",
        ),
        (
            "refresh_token" in grants and not code,
            _GRANT_TYPES,
            "refresh_token alone",
            "authorization_code beside it: only a person's sign-in gives refresh tokens",
        ),
        (
            code and not client.redirect_uris,
            _REDIRECT_URIS,
            "authorization_code without redirect_uris",
            "where to send the code",
        ),
        (
            bool(client.redirect_uris) and not code,
            replace(_GRANT_TYPES, example='["authorization_code"], or leave out redirect_uris'),
            "redirect_uris without authorization_code",
            "a grant that uses them",
        ),
        (
            all(has_keys),
            replace(_JWKS_URI, example=f"{_JWKS_URI.example}, or jwks, not both"),
            "jwks and jwks_uri",
            "one of them (RFC 7591 §2)",
        ),
        (
            method == "private_key_jwt" and not any(has_keys),
            _JWKS_URI,
            "private_key_jwt without keys",
            "jwks_uri or jwks: the keys that verify the client's assertions",
        ),
        (
            public and not client.require_pkce,
            _REQUIRE_PKCE,
            "a public client without PKCE",
            "PKCE: nothing else protects its codes (RFC 9700 §2.1.1)",
        ),
    )
    return next(((key, got, want) for broken, key, got, want in rules if broken), None)


def change_client(
    declared: DesiredClient, stored: Client | None, circumstances: Circumstances
) -> tuple[Change | None, Secret | None]:
    """From *stored* to *declared*, None when they are the same; and the secret, if one is made."""
    digests, secret, about_secret = _secret(declared, stored, circumstances)
    since = None if stored is None else stored.disabled_at
    client = replace(
        declared.client,
        client_secret_digests=digests,
        created_at=circumstances.now if stored is None else stored.created_at,
        disabled_at=circumstances.disabled_at(since, disabled=declared.disabled),
    )
    different = about_secret + (
        choices(described(client), _DEFAULTS)
        if stored is None
        else differences(described(stored), described(client))
    )
    if stored is not None and not different:
        return None, None
    change = Change(
        Action.CREATE if stored is None else Action.UPDATE,
        "client",
        client.client_id,
        different,
        (SaveClient(client), circumstances.event(EventKind.CLIENT_SAVED, client_id=client.client_id)),
    )
    return change, secret


def delete_client(client_id: str, circumstances: Circumstances) -> Change:
    """Take the client away, with its consents, grants and tokens."""
    event = circumstances.event(EventKind.CLIENT_DELETED, client_id=ClientId(client_id))
    return Change(Action.DELETE, "client", client_id, (), (DeleteClient(ClientId(client_id)), event))


def described(client: Client) -> dict[str, Any]:
    """What a declaration says about *client*, by key."""
    keys = (key.name for key in KEYS if key.name not in ("client_id", "client_secret_file"))
    special = {
        "disabled": client.disabled_at is not None,
        "default_max_age": kinds.spelled_seconds(client.default_max_age),
        "jwks": None if client.jwks is None else client.jwks.to_dict(),
    }
    return {key: special[key] if key in special else getattr(client, key) for key in keys}


_DEFAULTS: Final = defaults(KEYS)


def declaration_of(client: Client) -> dict[str, Any]:
    """The table that `read_client` reads as *client*, as short as it can be. Secrets are not in it."""
    said = {key: value for key, value in described(client).items() if value != _DEFAULTS[key]}
    return {"client_id": client.client_id, **{key: _as_toml(value) for key, value in said.items()}}


def _as_toml(value: Any) -> Any:
    match value:
        case Scope():
            return str(value)
        case frozenset():
            return sorted(cast("frozenset[str]", value))
        case tuple():
            return list(cast("tuple[str, ...]", value))
        case _:
            return value


def _secret(
    declared: DesiredClient, stored: Client | None, circumstances: Circumstances
) -> tuple[tuple[Digest, ...], Secret | None, tuple[Difference, ...]]:
    """The digests to store, the secret to show if one is made, and what to say about it."""
    kept = stored.client_secret_digests if stored is not None else ()
    if not has_secret(declared.client):
        return (), None, (Difference("client_secret", ("removed",), ()),) if kept else ()
    if declared.secret is not None:
        digest = declared.secret.digest()
        if digest in kept:
            return kept, None, ()
        return (digest,), None, (Difference("client_secret", (), ("that of its file",)),)
    if kept:
        return kept, None, ()
    secret = Secret(circumstances.entropy.secret())
    return (secret.digest(),), secret, (Difference("client_secret", (), ("generated, shown once",)),)
