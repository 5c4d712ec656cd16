"""
Client authentication at the token, introspection and revocation endpoints.

:rfc:`6749#section-2.3`, :rfc:`7521#section-4.2`, OpenID Connect Core §9. A client authenticates by the one
method it registered; presenting two is refused, so that no two readers of a request can disagree on who
sent it.
"""

from dataclasses import dataclass

from authwright.authorization_server.records import Client
from authwright.authorization_server.requests import ClientRequest
from authwright.authorization_server.server import AuthorizationServer
from authwright.authorization_server.storage import Conflict
from authwright.authorization_server.writes import ClaimJti, Write
from authwright.jose.errors import JoseError
from authwright.jose.jws import parse
from authwright.oauth import client_assertion, client_secret
from authwright.oauth.errors import InvalidClient, InvalidRequest
from authwright.oauth.types import ClientId, Digest, Secret, Timestamp, whole_seconds

_BASIC_CHALLENGE = {"www-authenticate": 'Basic realm="authwright"'}

_NOBODYS_DIGEST = Digest("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
"""The digest of the empty string, which no secret has: unknown clients cost the same work as known ones."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """
    A client that proved who it is, or a public one that only said so.

    *writes* must be committed with whatever the request leads to, a refusal too: the used ``jti`` of an
    assertion. `use_up` does it where there is nothing to commit them with.
    """

    client: Client
    writes: tuple[Write, ...] = ()

    @property
    def is_confidential(self) -> bool:
        """Whether the client proved anything. :rfc:`6749#section-2.1`."""
        return self.client.token_endpoint_auth_method != "none"


async def authenticate(request: ClientRequest, server: AuthorizationServer, now: Timestamp) -> Authenticated:
    """
    Find out which client sent *request*, or raise `InvalidClient`.

    Raises `InvalidRequest` when credentials of two methods were sent. One read; a second one where the keys
    of the client are elsewhere.
    """
    parameters, authorization = request.parameters, request.authorization
    by_basic = authorization is not None and client_secret.is_basic(authorization)
    by_post = "client_secret" in parameters
    by_assertion = "client_assertion" in parameters or "client_assertion_type" in parameters
    if by_basic + by_post + by_assertion > 1:
        raise InvalidRequest("the client authenticated by more than one method")
    if authorization is not None and by_basic:
        return await _by_basic(request, authorization, server)
    if by_post:
        credentials = client_secret.read_form(parameters)
        if credentials is None:  # pragma: no cover - by_post says that it is there
            raise InvalidClient("client_secret is empty")
        client = await _registered(server, credentials.client_id)
        return _check_secret(client, "client_secret_post", credentials.client_secret)
    if by_assertion:
        return await _by_assertion(request, server, now)
    return await _public(request, server)


async def use_up(authenticated: Authenticated, server: AuthorizationServer) -> None:
    """
    Remember that the assertion of *authenticated* was used, before anything else about the request is
    judged. Raises `InvalidClient` when it was used before (:rfc:`7523#section-3`).
    """
    if not authenticated.writes:
        return
    try:
        await server.storage.commit(authenticated.writes)
    except Conflict:
        raise used_before() from None


def used_before() -> InvalidClient:
    """What the `Conflict` of a `ClaimJti` means."""
    return InvalidClient("the client_assertion was used before")


async def _by_basic(request: ClientRequest, authorization: str, server: AuthorizationServer) -> Authenticated:
    """:rfc:`6749#section-5.2`: whoever tried the header is told in the header's own way."""
    try:
        credentials = client_secret.read_basic(authorization)
        if request.parameters.get("client_id", credentials.client_id) != credentials.client_id:
            raise InvalidRequest("client_id in the form is not that of the Authorization header")
        client = await _registered(server, credentials.client_id)
        return _check_secret(client, "client_secret_basic", credentials.client_secret)
    except InvalidClient as error:
        raise InvalidClient(error.detail, headers=_BASIC_CHALLENGE) from None


def _check_secret(client: Client | None, method: str, secret: Secret) -> Authenticated:
    digests = client.client_secret_digests if client is not None else ()
    # Every digest is compared, so that the time tells nothing about which one matched or whether any exists.
    matched = [secret.matches(digest) for digest in digests or (_NOBODYS_DIGEST,)]
    if client is None:
        raise InvalidClient("the client_id is not registered, or the client is disabled")
    if client.token_endpoint_auth_method != method:
        raise InvalidClient("the client registered another token_endpoint_auth_method")
    if not any(matched):
        raise InvalidClient("the client_secret is wrong")
    return Authenticated(client)


async def _by_assertion(request: ClientRequest, server: AuthorizationServer, now: Timestamp) -> Authenticated:
    """private_key_jwt: :rfc:`7523#section-3`, OpenID Connect Core §9."""
    parameters = request.parameters
    if parameters.get("client_assertion_type") != client_assertion.CLIENT_ASSERTION_TYPE:
        raise InvalidClient("client_assertion_type is not that of a JWT")
    assertion = parameters.get("client_assertion", "")
    client_id = client_assertion.unverified_client_id(assertion)
    if parameters.get("client_id", client_id) != client_id:
        raise InvalidClient("client_id in the form is not the subject of the client_assertion")
    client = await _registered(server, client_id)
    if client is None:
        raise InvalidClient("the client_assertion is of an unregistered or disabled client")
    if client.token_endpoint_auth_method != "private_key_jwt":
        raise InvalidClient("the client did not register private_key_jwt")
    keys = await server.client_keys.keys(client, kid=_kid(assertion))
    claims = client_assertion.check(
        assertion,
        client_id=client.client_id,
        keys=keys,
        # The issuer is what new profiles demand; deployed clients send the token endpoint (Core §9), or the
        # endpoint that they call. All are ours alone, so none lets another server pass an assertion on to us.
        audiences=(
            server.issuer,
            server.url(server.endpoints.token),
            server.url(server.endpoints.introspection),
            server.url(server.endpoints.revocation),
        ),
        now=now,
        leeway=whole_seconds(server.policy.clock_leeway),
        max_lifetime=whole_seconds(server.policy.client_assertion_lifetime),
    )
    return Authenticated(client, (ClaimJti(client.client_id, claims.jti, claims.expires_at),))


def _kid(assertion: str) -> str | None:
    try:
        kid = parse(assertion).header.get("kid")
    except JoseError:
        raise InvalidClient("the client_assertion is not a JWS") from None
    return kid if isinstance(kid, str) else None


async def _public(request: ClientRequest, server: AuthorizationServer) -> Authenticated:
    client_id = request.parameters.get("client_id")
    if client_id is None:
        headers = _BASIC_CHALLENGE if request.authorization is not None else {}
        raise InvalidClient("the request has no client credentials and no client_id", headers=headers)
    client = await _registered(server, ClientId(client_id))
    if client is None:
        raise InvalidClient("the client_id without credentials is not registered, or the client is disabled")
    if client.token_endpoint_auth_method != "none":
        raise InvalidClient("a confidential client sent no credentials")
    return Authenticated(client)


async def _registered(server: AuthorizationServer, client_id: ClientId) -> Client | None:
    client = await server.storage.client(client_id)
    return None if client is None or client.disabled_at is not None else client
