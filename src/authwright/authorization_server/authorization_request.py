"""
The authorization request, from parameters to something that may be answered by a redirect.

:rfc:`6749#section-4.1.1`, OpenID Connect Core §3.1.2.1. Two stages, two types. `prove` looks at nothing but
the client and the redirect URI; its `ProvenRequest` is the only thing that can make a `Redirect`, so an
answer to an unproven URI is not a mistake that can be made. `validate` then reads the rest; what it raises
is answered by redirect.
"""

from dataclasses import dataclass

from authwright.authorization_server.decisions import Redirect
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import Client, ProtectedResource
from authwright.authorization_server.target import Target, choose_target
from authwright.oauth.errors import (
    InvalidRequest,
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from authwright.oauth.parameters import Parameters
from authwright.oauth.pkce import CODE_CHALLENGE_METHOD, is_code_challenge
from authwright.oauth.scope import parse_scope
from authwright.oauth.types import Seconds
from authwright.oidc.prompt import AuthenticationParameters, parse_authentication_parameters

MAX_STATE_LENGTH = 4096
"""``state`` and ``nonce`` come back in URLs and tokens; certified clients send up to 384 characters."""


@dataclass(frozen=True, slots=True)
class ProvenRequest:
    """
    A request whose client is registered and whose redirect URI is that client's.

    *redirect_uri* is where the answer goes; *redirect_uri_sent* says whether the request named it.
    """

    issuer: str
    client: Client
    parameters: Parameters
    redirect_uri: str
    redirect_uri_sent: bool

    def success(self, code: str) -> Redirect:
        """:rfc:`6749#section-4.1.2`, with ``iss`` of :rfc:`9207#section-2`."""
        return Redirect(self.redirect_uri, self._answer({"code": code}))

    def failure(self, error: OAuthError) -> Redirect:
        """:rfc:`6749#section-4.1.2.1`; ``iss`` goes into errors too (:rfc:`9207#section-2`)."""
        answer = self._answer({"error": error.code, "error_description": error.description})
        return Redirect(self.redirect_uri, answer, error)

    def _answer(self, answer: dict[str, str]) -> dict[str, str]:
        state = self.parameters.get("state")
        if state is not None:
            answer["state"] = state
        answer["iss"] = self.issuer
        return answer


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A proven request whose every parameter makes sense; whether it is granted is the next question."""

    proven: ProvenRequest
    target: Target
    authentication: AuthenticationParameters
    max_age: Seconds | None
    code_challenge: str | None
    nonce: str | None
    id_token_hint: str | None


def prove(parameters: Parameters, client: Client | None, issuer: str, policy: Policy) -> ProvenRequest:
    """
    Match the request with what *client* (that its ``client_id`` names) registered. Pure.

    Raises an `OAuthError` that must be shown to the person and not sent anywhere
    (:rfc:`6749#section-4.1.2.1`, :rfc:`9700#section-4.11.2`).
    """
    if client is None:
        raise InvalidRequest("the client_id of the authorization request is not registered, or disabled")
    received = parameters.get("redirect_uri")
    if received is None:
        if "request" in parameters or "request_uri" in parameters:
            raise InvalidRequest("the redirect_uri may be inside a request object, which is not accepted")
        if len(client.redirect_uris) != 1 or "openid" in parameters.get("scope", "").split(" "):
            raise InvalidRequest("the authorization request has no redirect_uri")
        return ProvenRequest(issuer, client, parameters, client.redirect_uris[0], redirect_uri_sent=False)
    if not policy.is_registered(received, client.redirect_uris, client.client_id):
        raise InvalidRequest("the redirect_uri is not registered for the client")
    return ProvenRequest(issuer, client, parameters, received, redirect_uri_sent=True)


def validate(proven: ProvenRequest, apis: tuple[ProtectedResource, ...]) -> ValidRequest:
    """Read all parameters of *proven*. Pure. Raises an `OAuthError` to be answered by redirect."""
    parameters, client = proven.parameters, proven.client
    _refuse_request_objects(parameters)
    _check_response(parameters, client)
    if any(len(parameters.get(name, "")) > MAX_STATE_LENGTH for name in ("state", "nonce")):
        raise InvalidRequest("state or nonce is too long")
    authentication = parse_authentication_parameters(parameters)
    return ValidRequest(
        proven=proven,
        target=choose_target(
            parse_scope(parameters.get("scope", "")), parameters.all("resource"), client, apis
        ),
        authentication=authentication,
        max_age=client.default_max_age if authentication.max_age is None else authentication.max_age,
        code_challenge=_code_challenge(parameters, client),
        nonce=parameters.get("nonce"),
        id_token_hint=parameters.get("id_token_hint"),
    )


def _refuse_request_objects(parameters: Parameters) -> None:
    """OpenID Connect Core §3.1.2.6. First, since a request object would change every other parameter."""
    if "request" in parameters:
        raise RequestNotSupported("the request parameter is not accepted")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("the request_uri parameter is not accepted")
    if "registration" in parameters:
        raise RegistrationNotSupported("the registration parameter is not accepted")


def _check_response(parameters: Parameters, client: Client) -> None:
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequest("the authorization request has no response_type")
    if response_type != "code":
        raise UnsupportedResponseType("the response_type is not code")
    if "code" not in client.response_types or "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("the client did not register response_type code")
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("the response_mode is not query")


def _code_challenge(parameters: Parameters, client: Client) -> str | None:
    """:rfc:`7636#section-4.4.1`; required by default (:rfc:`9700#section-2.1.1`)."""
    challenge = parameters.get("code_challenge")
    if challenge is None:
        if client.require_pkce:
            raise InvalidRequest("code_challenge is missing: this client must use PKCE")
        if "code_challenge_method" in parameters:
            raise InvalidRequest("code_challenge_method was sent without code_challenge")
        return None
    # An absent method means "plain" (RFC 7636 §4.3), which is refused by its name and by its absence.
    if parameters.get("code_challenge_method") != CODE_CHALLENGE_METHOD:
        raise InvalidRequest("code_challenge_method is not S256")
    if not is_code_challenge(challenge):
        raise InvalidRequest("code_challenge is not the base64url of a SHA-256")
    return challenge
