"""
Standard claims about a person, their JSON types, and which scope asks for which.

OpenID Connect Core §5.1 (the claims), §5.1.1 (``address``), §5.4 (the scopes).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from authwright.oauth.scope import Scope

SCOPE_CLAIMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "profile": (
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ),
        "email": ("email", "email_verified"),
        "address": ("address",),
        "phone": ("phone_number", "phone_number_verified"),
    }
)
"""Core §5.4: what each scope asks for."""

IDENTITY_SCOPE: Final = Scope("openid", "offline_access", *SCOPE_CLAIMS)
"""The scope tokens that OpenID Connect defines; all others belong to APIs."""

ADDRESS_MEMBERS: Final = frozenset(
    {"formatted", "street_address", "locality", "region", "postal_code", "country"}
)
"""Core §5.1.1."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_address(value: object) -> bool:
    if not isinstance(value, Mapping) or not value:
        return False
    members = cast("Mapping[str, object]", value)
    return all(name in ADDRESS_MEMBERS and _is_text(part) for name, part in members.items())


_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    **{name: _is_text for names in SCOPE_CLAIMS.values() for name in names},
    "email_verified": _is_flag,
    "phone_number_verified": _is_flag,
    "updated_at": _is_time,
    "address": _is_address,
}


def is_claim(name: str, value: object) -> bool:
    """Whether *value* has the JSON type that Core §5.1 gives the standard claim *name*."""
    check = _TYPES.get(name)
    return check is not None and check(value)


def claims_for(scope: Scope, claims: Mapping[str, Any]) -> dict[str, Any]:
    """
    Those of a person's *claims* that *scope* asks for. Core §5.4.

    A claim that is absent, empty or not of its JSON type is left out, as §5.3.2 wants of a claim that is
    not returned: a wrong ``email_verified: "false"`` must not read as true at the client.
    """
    wanted = (name for token in scope for name in SCOPE_CLAIMS.get(token, ()))
    return {name: claims[name] for name in wanted if name in claims and is_claim(name, claims[name])}
