"""
What is asked of every contestant. One operation is what a person or a program would call one thing done.

A code flow is every request of it: the authorization request, the pages with their hidden fields, the
redirects, and the redemption of the code with its PKCE verifier. Its answer must hold an access token and an
ID token.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.field.browser import Browser
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, REDIRECT_URI, Provider, basic
from benchmarks.load import DONE, READY, Conversation, Talk, Unexpected, again_and_again, get, post

_NUMBERS = count(1_000_000)

Workload = Callable[[Provider, str], Conversation]

# RFC 7636 Appendix B.
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def client_credentials(alg: str) -> Workload:
    """:rfc:`6749#section-4.4`: a machine's token, a JWT signed by *alg* unless the server makes none."""

    def conversation(provider: Provider, _person: str) -> Conversation:
        machine = provider.machines.get(alg)
        if machine is None:
            raise RuntimeError(f"it makes no access tokens signed by {alg}")
        form = {"grant_type": "client_credentials", **machine.parameters}
        request = post(provider.port, provider.token, form, basic(machine.client_id))
        response = yield request
        _check_token(json.loads(response.expect(200).body), None if machine.opaque else alg)
        yield from again_and_again(request)

    return conversation


def login(provider: Provider, person: str) -> Conversation:
    """The code flow of a browser that nobody is signed in with: a password is typed."""
    yield READY
    while True:
        yield from code_flow(Browser(provider, person), provider.parameters)
        yield DONE


def silent(provider: Provider, person: str) -> Conversation:
    """The code flow of a browser with a session: no page is shown."""
    browser = Browser(provider, person)
    yield from code_flow(browser, provider.parameters)
    yield READY
    while True:
        yield from code_flow(browser, {**provider.parameters, **provider.silent})
        yield DONE


def refresh(provider: Provider, person: str) -> Conversation:
    """:rfc:`6749#section-6`: the newest refresh token for the next one."""
    tokens = yield from code_flow(Browser(provider, person), {**provider.parameters, **provider.offline})
    headers = basic(provider.app)
    yield READY
    while True:
        spent = tokens["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": spent}
        response = yield post(provider.port, provider.token, form, headers)
        tokens = json.loads(response.expect(200).body)
        if tokens["refresh_token"] == spent:
            raise Unexpected(response)
        yield DONE


def introspection(provider: Provider, person: str) -> Conversation:
    """:rfc:`7662`: about a person's access token."""
    tokens = yield from _inward(provider, person)
    request = post(
        provider.admin_port or provider.port,
        provider.introspection,
        {"token": tokens["access_token"]},
        basic(provider.introspecting),
    )
    response = yield request
    if json.loads(response.expect(200).body)["active"] is not True:
        raise Unexpected(response)
    yield from again_and_again(request)


def userinfo(provider: Provider, person: str) -> Conversation:
    """OpenID Connect Core §5.3."""
    tokens = yield from _inward(provider, person)
    request = get(provider.port, provider.userinfo, f"authorization: Bearer {tokens['access_token']}\r\n")
    response = yield request
    if "sub" not in json.loads(response.expect(200).body):
        raise Unexpected(response)
    yield from again_and_again(request)


def discovery(provider: Provider, _person: str) -> Conversation:
    """OpenID Connect Discovery §4."""
    return again_and_again(get(provider.port, provider.discovery))


def jwks(provider: Provider, _person: str) -> Conversation:
    """:rfc:`7517#section-5`."""
    return again_and_again(get(provider.port, provider.jwks))


WORKLOADS: dict[str, Workload] = {
    "client_credentials_es256": client_credentials("ES256"),
    "client_credentials_rs256": client_credentials("RS256"),
    "login": login,
    "silent": silent,
    "refresh": refresh,
    "introspection": introspection,
    "userinfo": userinfo,
    "discovery": discovery,
    "jwks": jwks,
}


def _check_token(tokens: Mapping[str, Any], alg: str | None) -> None:
    """That everybody makes the same: same lifetime, same algorithm."""
    if not ACCESS_TOKEN_SECONDS - 10 <= tokens["expires_in"] <= ACCESS_TOKEN_SECONDS:
        raise RuntimeError(f"the access token lives {tokens['expires_in']} s")
    header, dot, _ = tokens["access_token"].partition(".")
    if alg is not None and (not dot or json.loads(b64decode(header + "==", b"-_"))["alg"] != alg):
        raise RuntimeError(f"the access token is no JWT signed by {alg}")


def _inward(provider: Provider, person: str) -> Talk:
    """Tokens of which the access token comes back to the server."""
    parameters = provider.parameters if provider.inward is None else provider.inward
    return (yield from code_flow(Browser(provider, person), parameters))


def code_flow(browser: Browser, parameters: Mapping[str, str]) -> Talk:
    """A code flow of *browser*, *parameters* added to the request, and its tokens."""
    provider = browser.provider
    asked = {
        "response_type": "code",
        "client_id": provider.app,
        "redirect_uri": REDIRECT_URI,
        "scope": provider.scope,
        "state": f"state-{next(_NUMBERS)}-of-a-usual-length",
        "nonce": f"nonce-{next(_NUMBERS)}-of-a-usual-length",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
        **parameters,
    }
    answer = yield from browser.authorize(f"{provider.authorization}?{urlencode(asked)}")
    parameters_back = parse_qs(urlsplit(answer).query)
    if "code" not in parameters_back:
        raise RuntimeError(f"no code came back: {answer}")
    form = {
        "grant_type": "authorization_code",
        "code": parameters_back["code"][0],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": _VERIFIER,
    }
    response = yield post(provider.port, provider.token, form, basic(provider.app))
    tokens = json.loads(response.expect(200).body)
    if "access_token" not in tokens or "id_token" not in tokens:
        raise Unexpected(response)
    _check_token(tokens, None if provider.opaque or parameters is provider.inward else "ES256")
    return tokens
