"""
Every way in which an API refuses a request, with its code, its cause and its cure.

One row for each. What the caller is told of a row is fixed (:rfc:`6750#section-3`); what was received and
expected in the case at hand goes to the log, and to the caller only in development. The page "Errors" of
the reference explains each code, and a test keeps the two in step.
"""

import json
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from authwright.oauth.scope import Scope
from authwright.oauth.types import Seconds

MAX_SHOWN: Final = 200
"""Characters of a received value that are shown or logged."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A row of the table.

    *error* is the registered code where there is one, and *description* its ``error_description``. *routine*
    refusals happen in every healthy API and are logged as information, the others as warnings.
    """

    code: str
    status: int
    error: str
    description: str
    likely_cause: str
    change: str
    routine: bool = False

    @property
    def documentation(self) -> str:
        """Where the documentation explains the code."""
        return f"docs/reference/errors.md#{self.code.lower()}"


class Refused(Exception):
    """
    A request is refused. *detail* is the constant sentence that says which check refused.

    *received* and *expected* are public values such as an issuer, never a token or a part of one. *scope*
    is what the resource needs, and *retry_after* when it makes sense to come back.
    """

    def __init__(
        self,
        refusal: Refusal,
        detail: str,
        *,
        received: object = None,
        expected: object = None,
        retry_after: Seconds | None = None,
    ) -> None:
        super().__init__(detail)
        self.refusal = refusal
        self.detail = detail
        self.received = received
        self.expected = expected
        self.retry_after = retry_after
        self.scope = Scope()

    @override
    def __str__(self) -> str:
        """The full half, for the log: one line, whatever was received."""
        facts = "".join(
            f"; {name} {shown(value)}"
            for name, value in (("received", self.received), ("expected", self.expected))
            if value is not None
        )
        row = self.refusal
        return f"{row.code} {self.detail}{facts}. {row.likely_cause} {row.change}"


def shown(value: object) -> str:
    """
    *value* as JSON in ASCII, cut to `MAX_SHOWN` characters.

    Control characters, terminal escapes and line breaks come out as escapes, so nothing that was received can
    forge a line of the log.
    """
    written = json.dumps(value, default=str)
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]}..."


NO_TOKEN: Final = Refusal(
    "AW101",
    401,
    "missing_token",
    "The request has no access token.",
    "The client did not send the Authorization header, sent it with another scheme than Bearer, or a "
    "proxy removed it.",
    "Send the access token in the Authorization header, after the word Bearer. In development: "
    "authwright token --as alice.",
    routine=True,
)
MALFORMED_TOKEN: Final = Refusal(
    "AW102",
    401,
    "invalid_token",
    "The access token is malformed.",
    "The token was cut, wrapped in quotes or encrypted, or it is an opaque token and this API verifies "
    "JWTs only.",
    "Send the access_token of the token response unchanged. For opaque tokens, configure introspection.",
)
INVALID_SIGNATURE: Final = Refusal(
    "AW103",
    401,
    "invalid_token",
    "The signature of the access token is not valid.",
    "The token was changed after it was signed, or signed by somebody else under a key name of the issuer.",
    "Get a new token from the issuer. If all its tokens are refused, it signs with other keys than it "
    "published when this API fetched them: restart this API.",
)
WRONG_ISSUER: Final = Refusal(
    "AW104",
    401,
    "invalid_token",
    "The access token is from another issuer.",
    "The issuer is configured in another spelling (a trailing slash, http for https, a container's host "
    "name), or the client got its token elsewhere.",
    "Set issuer byte for byte as the token's iss; when the issuer is reached under another address, set "
    "internal_url.",
)
WRONG_AUDIENCE: Final = Refusal(
    "AW105",
    401,
    "invalid_token",
    "The access token is for another API.",
    "The client did not ask for this API (resource=, audience=), or audience is configured in another "
    "spelling.",
    "Request the token with resource set to this API's audience, or set audience byte for byte as the "
    "token's aud.",
)
EXPIRED: Final = Refusal(
    "AW106",
    401,
    "invalid_token",
    "The access token has expired.",
    "Access tokens live for minutes; or the clock of this machine is ahead.",
    "Refresh the token and repeat the request. If fresh tokens are refused, set the clock.",
    routine=True,
)
NOT_YET_VALID: Final = Refusal(
    "AW107",
    401,
    "invalid_token",
    "The access token is not valid yet.",
    "The clock of this machine is behind, or the issuer's is ahead.",
    "Synchronize both clocks; 30 seconds of difference are forgiven.",
)
WRONG_TYPE: Final = Refusal(
    "AW108",
    401,
    "invalid_token",
    "The token is not an access token.",
    "The client sent the ID token; or the issuer does not mark access tokens as RFC 9068 says (typ at+jwt).",
    "Send access_token, not id_token. For Keycloak, Auth0 or Entra ID, set profile to the issuer's.",
)
UNKNOWN_KEY: Final = Refusal(
    "AW109",
    401,
    "invalid_token",
    "The access token is signed with a key that the issuer does not publish.",
    "The token is older than the issuer's last change of keys, or from another issuer.",
    "Get a new token. If new tokens are refused, the issuer signs with a key before it publishes it.",
)
WRONG_ALGORITHM: Final = Refusal(
    "AW110",
    401,
    "invalid_token",
    "The access token is signed with an algorithm that is not accepted.",
    "The issuer signs with another algorithm than this API allows, or somebody tries to forge a token.",
    "Add the issuer's algorithm to algorithms; only asymmetric ones can be added.",
)
INACTIVE: Final = Refusal(
    "AW111",
    401,
    "invalid_token",
    "The access token is not active.",
    "It was revoked (sign-out, a removed app, a closed account), has expired, or was never issued.",
    "Sign in again.",
    routine=True,
)
KEYS_UNAVAILABLE: Final = Refusal(
    "AW112",
    503,
    "temporarily_unavailable",
    "The API cannot get the keys that verify access tokens.",
    "The issuer is down, cannot be reached from here, its certificate is not trusted, or its keys cannot be "
    "used.",
    "Start the issuer, or mend what received says; from a container, set internal_url to an address that the "
    "API can reach.",
)
WRONG_CLAIMS: Final = Refusal(
    "AW113",
    401,
    "invalid_token",
    "A claim of the access token is missing or malformed.",
    "The issuer's tokens are not of the profile that this API expects.",
    "Set profile to the issuer's, or have the issuer add the claim.",
)
INVALID_REQUEST: Final = Refusal(
    "AW114",
    400,
    "invalid_request",
    "The request must carry one access token, in the Authorization header.",
    "The header is malformed or sent twice, or the token is also in the body.",
    "Send the access token once, in the Authorization header, after the word Bearer.",
)
TOKEN_IN_QUERY: Final = Refusal(
    "AW115",
    400,
    "invalid_request",
    "The access token must not be in the URL.",
    "The client put access_token in the query, where logs and browser histories keep it.",
    "Send it in the Authorization header, and revoke this one.",
)
PROOF_REQUIRED: Final = Refusal(
    "AW116",
    401,
    "invalid_token",
    "The access token is bound to a key.",
    "The token has cnf (DPoP or mutual TLS) and was sent as a bearer token.",
    "Request a bearer token for this API; it cannot check the proof of possession.",
)
INTROSPECTION_UNAVAILABLE: Final = Refusal(
    "AW117",
    503,
    "temporarily_unavailable",
    "The API cannot ask the issuer about the access token.",
    "The introspection endpoint is down, unknown, or refuses this API's own credentials.",
    "Check the issuer's log, and client_id and client_secret of the introspection.",
)
FOREIGN_METADATA: Final = Refusal(
    "AW118",
    503,
    "temporarily_unavailable",
    "The API's issuer is configured wrongly.",
    "The metadata found at the configured issuer names another issuer: a trailing slash, http for https, "
    "or a container's host name.",
    "Set issuer byte for byte as the metadata shows it; when it is reached under another address, set "
    "internal_url.",
)
INSUFFICIENT_SCOPE: Final = Refusal(
    "AW120",
    403,
    "insufficient_scope",
    "The access token does not carry the scope that this needs.",
    "The client did not ask for the scope, is not registered for it, or the person did not agree.",
    "Request a new token with all scopes of the challenge.",
    routine=True,
)
MISSING_ROLE: Final = Refusal(
    "AW121",
    403,
    "insufficient_scope",
    "The access token does not carry the role that this needs.",
    "The person or the client does not have the role at the issuer, or the profile reads roles from "
    "another claim.",
    "Give the role and get a new token; compare the token's roles with the profile's.",
    routine=True,
)
MISSING_GROUP: Final = Refusal(
    "AW122",
    403,
    "insufficient_scope",
    "The access token does not carry the group that this needs.",
    "The person is not in the group at the issuer, or the profile reads groups from another claim.",
    "Add the person to the group and get a new token; compare the token's groups with the profile's.",
    routine=True,
)

REFUSALS: Final = (
    NO_TOKEN,
    MALFORMED_TOKEN,
    INVALID_SIGNATURE,
    WRONG_ISSUER,
    WRONG_AUDIENCE,
    EXPIRED,
    NOT_YET_VALID,
    WRONG_TYPE,
    UNKNOWN_KEY,
    WRONG_ALGORITHM,
    INACTIVE,
    KEYS_UNAVAILABLE,
    WRONG_CLAIMS,
    INVALID_REQUEST,
    TOKEN_IN_QUERY,
    PROOF_REQUIRED,
    INTROSPECTION_UNAVAILABLE,
    FOREIGN_METADATA,
    INSUFFICIENT_SCOPE,
    MISSING_ROLE,
    MISSING_GROUP,
)
"""All rows, by code."""
