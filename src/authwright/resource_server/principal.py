"""Who is calling, as an application wants to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from authwright.oauth.access_token import AccessToken
from authwright.oauth.scope import Scope
from authwright.oauth.types import ClientId, Secret, Subject


@dataclass(frozen=True, slots=True)
class Principal:
    """
    The holder of a verified access token.

    *sub* is the person, or the client itself for client_credentials. *claims* is everything the token says,
    and *token* the token as it came, for a token exchange (:rfc:`8693`); to pass it on to another API is to
    let that API act as this one.
    """

    sub: Subject
    client_id: ClientId | None = None
    scopes: Scope = field(default_factory=Scope)
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    token: Secret | None = field(default=None, repr=False)


def principal_of(access_token: AccessToken, token: str) -> Principal:
    """The holder of *access_token*, which was verified from *token*."""
    return Principal(
        sub=access_token.subject,
        client_id=access_token.client_id,
        scopes=access_token.scope,
        roles=access_token.roles,
        groups=access_token.groups,
        claims=access_token.claims,
        token=Secret(token),
    )
