"""
What a token is for: its scope and the APIs that may accept it.

:rfc:`6749#section-3.3` (scope), :rfc:`8707#section-2` (``resource``), :rfc:`9068#section-3` (the audience
when no resource was named: the one API whose scope was asked for).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authwright.authorization_server.records import Client, Consent, Grant, ProtectedResource
from authwright.oauth.errors import InvalidScope, InvalidTarget
from authwright.oauth.resource import check_resource
from authwright.oauth.scope import Scope
from authwright.oidc.claims import IDENTITY_SCOPE


@dataclass(frozen=True, slots=True)
class Target:
    """*apis* are in the order asked for; none means the issuer itself, which serves userinfo."""

    scope: Scope
    apis: tuple[ProtectedResource, ...]

    @property
    def resources(self) -> tuple[str, ...]:
        """The resource indicators of *apis*."""
        return tuple([api.resource for api in self.apis])

    @property
    def access(self) -> Mapping[str, Scope]:
        """What of *scope* each of *apis* defines, by resource indicator."""
        return {api.resource: api.scope & self.scope for api in self.apis}

    def is_within(self, consent: Consent) -> bool:
        """Whether all of it was allowed: each token at each API, and each API that defines none of them."""
        return self.scope <= consent.scope and all(
            resource in consent.access and scope <= consent.access[resource]
            for resource, scope in self.access.items()
        )


def choose_target(
    scope: Scope, resources: Sequence[str], client: Client, apis: Sequence[ProtectedResource]
) -> Target:
    """
    What a first request for *scope* at *resources* gives *client*.

    Raises `InvalidTarget` for a resource that is malformed, unknown or closed to the client, `InvalidScope`
    for a scope token that is unknown or not the client's. In an OpenID request unknown tokens are left out
    instead (OpenID Connect Core §3.1.2.1).
    """
    asked = _known_apis(resources, client, apis) if resources else tuple(apis)
    understood = IDENTITY_SCOPE | _scope_of(asked)
    if not scope <= understood:
        if "openid" not in scope:
            raise InvalidScope(
                "the scope has a token that neither OpenID Connect nor an API asked for defines"
            )
        if not (scope - understood).isdisjoint(_scope_of(apis)):
            raise InvalidScope("the scope has a token of another API than the resource asked for")
        scope &= understood
    if not scope <= client.scope:
        raise InvalidScope("the scope has a token that is not registered for the client")
    return Target(scope, asked if resources else _inferred(scope, apis))


def narrow_target(
    granted: Grant,
    *,
    scope: Scope | None,
    resources: Sequence[str],
    client: Client,
    apis: Sequence[ProtectedResource],
) -> Target:
    """
    The part of what was *granted* that one access token carries.

    :rfc:`6749#section-6`, :rfc:`8707#section-2.2`: a token request may ask for less, never for more. What
    the operator has since taken from the client or the API is gone. Raises `InvalidScope`, `InvalidTarget`.
    """
    if scope is not None and not scope <= granted.scope:
        raise InvalidScope("the scope exceeds what was granted")
    for resource in resources:
        if resource not in granted.resources:
            raise InvalidTarget("the resource was not part of the grant")
    by_resource = {api.resource: api for api in apis}
    wanted = dict.fromkeys(resources) or granted.resources
    chosen = tuple(by_resource[resource] for resource in wanted if resource in by_resource)
    if len(chosen) != len(wanted):
        raise InvalidTarget("the resource of the grant is not registered any more")
    reach = (granted.scope if scope is None else scope) & client.scope
    return Target(reach & (IDENTITY_SCOPE | _scope_of(chosen)), chosen)


def machine_target(
    scope: Scope | None, resources: Sequence[str], client: Client, apis: Sequence[ProtectedResource]
) -> Target:
    """
    What client_credentials gives *client*: API scopes only, for there is no person to identify.

    Without ``scope``, all that is registered for the client at the APIs asked for (:rfc:`6749#section-3.3`
    lets the server choose a default). Raises `InvalidScope`, `InvalidTarget`.
    """
    if scope is None:
        asked = _known_apis(resources, client, apis) if resources else apis
        scope = client.scope & _scope_of(asked)
    elif not scope.isdisjoint(IDENTITY_SCOPE):
        raise InvalidScope("client_credentials was asked for the scope of a person")
    return choose_target(scope, resources, client, apis)


def _known_apis(
    resources: Sequence[str], client: Client, apis: Sequence[ProtectedResource]
) -> tuple[ProtectedResource, ...]:
    by_resource = {api.resource: api for api in apis}
    for resource in resources:
        check_resource(resource)
        api = by_resource.get(resource)
        if api is None:
            raise InvalidTarget("the resource is not registered")
        if api.scopes and not api.scope & client.scope:
            raise InvalidTarget("no scope of the resource is registered for the client")
    return tuple(by_resource[resource] for resource in dict.fromkeys(resources))


def _inferred(scope: Scope, apis: Sequence[ProtectedResource]) -> tuple[ProtectedResource, ...]:
    """:rfc:`9068#section-3`: a scope that points at two audiences is refused, not answered with both."""
    wanted = scope - IDENTITY_SCOPE
    owners = tuple([api for api in apis if not api.scope.isdisjoint(wanted)])
    if len(owners) > 1:
        raise InvalidScope("the scope belongs to several APIs, and no resource says which is meant")
    return owners


def _scope_of(apis: Sequence[ProtectedResource]) -> Scope:
    together = apis[0].scope if apis else Scope()
    for api in apis[1:]:
        together |= api.scope
    return together
