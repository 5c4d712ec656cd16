"""
Every way in which a client's exchange goes wrong, with its code, its cause and its cure.

The page "Errors" of the reference explains each code, and a test keeps the two in step. AW20n: what the
browser or the session brought. AW21n: refusals. AW22n: metadata and keys. AW23n: responses. AW24n: ID tokens.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of the table. All sentences are constant, so that a line of the log is a search."""

    code: str
    description: str
    likely_cause: str
    change: str


MALFORMED_CALLBACK: Final = Problem(
    "AW201",
    "The parameters of the callback are malformed or repeated.",
    "The callback URL was decoded or rewritten on its way, or somebody tampers with it.",
    "Pass the callback URL exactly as the browser requested it, query included.",
)
STATE_MISMATCH: Final = Problem(
    "AW202",
    "The state of the callback is not that of this login.",
    "The person returned by an old tab or link, or somebody tries to sign them in to another account. If "
    "it happens always, the session cookie does not come back: SameSite=Strict, another host name, Secure "
    "on plain http.",
    "Begin the login again; keep each Login under its state when a browser may have several.",
)
LOGIN_EXPIRED: Final = Problem(
    "AW203",
    "The login was begun too long ago.",
    "The person left the sign-in page open for more than an hour.",
    "Begin the login again.",
)
FOREIGN_LOGIN: Final = Problem(
    "AW204",
    "The login was begun at another issuer.",
    "The application has several issuers and took the client of the wrong one.",
    "Choose the client by the issuer of the stored Login, never by the callback.",
)
MALFORMED_STORED_VALUE: Final = Problem(
    "AW205",
    "The stored value is not one that serialize() wrote.",
    "The session was cut, changed, or written by another version or application.",
    "Forget the session, and let the person begin again.",
)
FOREIGN_TOKENS: Final = Problem(
    "AW206",
    "The tokens are of another issuer.",
    "The application has several issuers and took the client of the wrong one.",
    "Choose the client by the issuer of the stored Tokens.",
)

NO_REFRESH_TOKEN: Final = Problem(
    "AW207",
    "The tokens have no refresh token.",
    "The server gave none: offline_access was not asked for or not granted, or the client may not have one.",
    "Let the person sign in again; for longer sessions ask for offline_access.",
)

AUTHORIZATION_REFUSED: Final = Problem(
    "AW211",
    "The authorization endpoint refused.",
    "access_denied is a person's no; login_required and its kin answer prompt=none; most others name a "
    "setting of the client at the authorization server.",
    "Let the person begin again, or change the setting that the error names.",
)
TOKEN_REFUSED: Final = Problem(
    "AW212",
    "The token endpoint refused.",
    "invalid_grant: the code or refresh token is used, expired or revoked. invalid_client: client_id, "
    "secret or key are not those that the authorization server holds.",
    "For invalid_grant sign in again; otherwise change the setting that the error names.",
)
USERINFO_REFUSED: Final = Problem(
    "AW213",
    "The userinfo endpoint refused.",
    "invalid_token: the access token has expired or was revoked. insufficient_scope: openid was not granted.",
    "Refresh the tokens, or sign in again with the scope openid.",
)
REVOCATION_REFUSED: Final = Problem(
    "AW214",
    "The revocation endpoint refused.",
    "invalid_client: client_id, secret or key are not those that the authorization server holds.",
    "Change the setting that the error names; until then the token stays valid.",
)

INVALID_METADATA: Final = Problem(
    "AW221",
    "The metadata document is malformed, or of another issuer.",
    "The issuer is configured in another spelling: a trailing slash, http for https, a container's host "
    "name.",
    "Set issuer byte for byte as the document's issuer shows it.",
)
INSECURE_ENDPOINT: Final = Problem(
    "AW222",
    "The metadata names an endpoint that is not https.",
    "The authorization server stands behind a proxy that ends TLS, and builds its URLs from what it sees.",
    "Configure the authorization server with its public https URL.",
)
NOT_OFFERED: Final = Problem(
    "AW223",
    "The metadata does not name the endpoint that this needs.",
    "The authorization server does not have the feature, or it is switched off.",
    "Switch it on at the authorization server, or do without it.",
)
INVALID_KEYS: Final = Problem(
    "AW224",
    "What jwks_uri serves is not a key set.",
    "A proxy or an error page answers in the authorization server's place.",
    "Open the jwks_uri of the metadata: it must serve a JSON object with an array keys.",
)

UNEXPECTED_STATUS: Final = Problem(
    "AW231",
    "The response is neither a success nor an OAuth error.",
    "The authorization server is failing or restarting, or a proxy answers in its place; redirects are not "
    "followed.",
    "Look at the log of the authorization server and of the proxy before it.",
)
NOT_JSON: Final = Problem(
    "AW232",
    "The response is not a JSON object of media type application/json.",
    "A proxy or a captive portal answers in the authorization server's place; or userinfo is signed "
    "(application/jwt).",
    "Look at the response with curl; register the client for plain userinfo.",
)
MALFORMED_RESPONSE: Final = Problem(
    "AW233",
    "A member of the response is missing or malformed.",
    "The authorization server breaks the specification.",
    "Report it to those who run or write the authorization server.",
)
UNKNOWN_TOKEN_TYPE: Final = Problem(
    "AW234",
    "The token_type is not Bearer.",
    "The client is registered for tokens that are bound to a key (DPoP).",
    "Register the client for bearer tokens.",
)
ID_TOKEN_MISSING: Final = Problem(
    "AW235",
    "The scope openid was asked for, and the token response holds no ID token.",
    "OpenID Connect is switched off for this client, or the person was not asked for openid.",
    "Switch it on at the authorization server, or leave openid out of the scope.",
)
WRONG_RESPONSE_ISSUER: Final = Problem(
    "AW236",
    "The authorization response is not from the issuer that was asked.",
    "Somebody mixes up two authorization servers to obtain a code; or the server was just given another "
    "name.",
    "Begin the login again. If it happens always, compare iss of the callback with the configured issuer.",
)
CODE_MISSING: Final = Problem(
    "AW237",
    "The authorization response holds neither code nor error.",
    "The client is registered for another response_type, or the parameters came in the URL's fragment.",
    "Register the client for response_type=code.",
)
FOREIGN_USERINFO: Final = Problem(
    "AW238",
    "The userinfo is not about the person of the ID token.",
    "The tokens of two people were mixed, in the session storage or by somebody who means to.",
    "Do not use the response; look for a cache or a variable that two sessions share.",
)

ID_TOKEN_MALFORMED: Final = Problem(
    "AW241",
    "The ID token is malformed, or its signature is not valid.",
    "The published keys are not those that the issuer signs with, or the response was tampered with.",
    "Do not use the response; compare the keys at jwks_uri with the kid of the token.",
)
ID_TOKEN_KEY: Final = Problem(
    "AW242",
    "No single key of the issuer fits the ID token.",
    "The issuer signs with a key before it publishes it, or has several keys and does not name one by kid.",
    "Publish every key before its first use, each with its own kid.",
)
ID_TOKEN_ALGORITHM: Final = Problem(
    "AW243",
    "The ID token is not signed with the algorithm registered for this client.",
    "The registration at the authorization server names another algorithm than RS256, or the key is not "
    "for it.",
    "Set id_token_signed_response_alg to what the authorization server has registered for this client.",
)
ID_TOKEN_ISSUER: Final = Problem(
    "AW244",
    "The ID token is from another issuer.",
    "The authorization server signs as another name than its metadata shows; some do so for each tenant.",
    "Configure the issuer of the tenant.",
)
ID_TOKEN_AUDIENCE: Final = Problem(
    "AW245",
    "The ID token is for another client, or for others beside this one.",
    "client_id is not the one that the authorization server registered, or it adds audiences of its own.",
    "Compare client_id; name audiences that are yours in trusted_audiences.",
)
ID_TOKEN_TIME: Final = Problem(
    "AW246",
    "The ID token has expired, or is from the future.",
    "The clock of this machine or of the authorization server is wrong.",
    "Synchronize both clocks; 30 seconds of difference are forgiven.",
)
ID_TOKEN_NONCE: Final = Problem(
    "AW247",
    "The nonce of the ID token is not that of this login.",
    "The code was issued for another login and injected into this one; or the server does not return the "
    "nonce.",
    "Begin the login again. If it happens always, report it to those who write the authorization server.",
)
ID_TOKEN_HASH: Final = Problem(
    "AW248",
    "The at_hash of the ID token is not that of the access token.",
    "The two tokens do not belong together: one of them was exchanged.",
    "Do not use the response.",
)
ID_TOKEN_CLAIMS: Final = Problem(
    "AW249",
    "A claim of the ID token is missing or malformed.",
    "The authorization server breaks the specification.",
    "Report it to those who run or write the authorization server.",
)
ID_TOKEN_AUTHENTICATION: Final = Problem(
    "AW250",
    "The ID token is about another authentication than was asked for.",
    "The sign-in is older than max_age; or a refresh returned the ID token of another person, client or "
    "sign-in.",
    "Sign in again.",
)
