"""What each member of a token is for, in words that need no specification; and where one is to be found."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HEADER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alg": "How it is signed. The API decides which algorithms it accepts; the token only says which "
        "was used.",
        "kid": "Which of the identity provider's published keys verifies it, so that keys can change without "
        "anybody being told.",
        "typ": "What kind of token this is. An ID token sent to an API is refused by this line alone.",
    }
)

ACCESS_TOKEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "iss": "Who made it. The API compares this with the issuer it trusts, byte for byte.",
        "sub": "Who it is about: a name that never changes and is never given to anybody else.",
        "aud": "Who it is for: this API. Any other API refuses it, so one that is dishonest cannot use it "
        "elsewhere.",
        "client_id": "Which app it was given to.",
        "exp": "Until when it is good. After that the app has to refresh.",
        "iat": "When it was made.",
        "jti": "Its own name, by which it can be revoked at the identity provider.",
        "scope": "What the app may do in the person's name, as the person agreed.",
        "auth_time": "When the person last proved who they are.",
        "acr": "How well they proved it: here, by a password over a protected connection.",
        "amr": "By what means: pwd is a password.",
        "roles": "What the person may do, whatever app they use. Scopes limit the app, roles the person.",
        "groups": "Which groups the person is in.",
    }
)

MACHINE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **ACCESS_TOKEN,
        "sub": "Who it is about: the machine itself.",
        "client_id": "Which client it was given to.",
        "exp": "Until when it is good. After that the machine asks again.",
        "scope": "What the machine may do, out of what it is registered for.",
    }
)

ID_TOKEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "iss": "Who says so.",
        "sub": "Who signed in. Together with iss this is the key under which an app stores its people.",
        "aud": "For whom it is said: the app, not the API.",
        "exp": "The app must have read it by then. It reads it once, at sign-in.",
        "iat": "When it was made.",
        "auth_time": "When the person last proved who they are; an app that handles money asks for this "
        "to be recent.",
        "nonce": "What the app put into its request. That it comes back means: this answer is to that "
        "question, and not an old one.",
        "acr": "How well they proved who they are.",
        "amr": "By what means: pwd is a password.",
        "at_hash": "Half a hash of the access token beside it, so that neither can be exchanged.",
        "azp": "The app that asked, where the token is also for somebody else.",
        "sid": "The sign-in at the identity provider, by which signing out finds what to end.",
    }
)

AUTHORIZATION_REQUEST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "response_type": "The answer shall be a code, not a token: what goes through a browser may be seen.",
        "client_id": "Which app is asking.",
        "redirect_uri": "Where to send the browser with the answer. It must be registered, byte for byte.",
        "scope": "What the app asks for: who you are (openid, profile, email), to come back without you "
        "(offline_access), and two things at the API.",
        "state": "Random, and kept with your cookie. The answer must bring it back, so nobody can slip you "
        "theirs.",
        "nonce": "Random; must come back inside the ID token.",
        "code_challenge": "A hash of a secret that the app keeps (PKCE). Whoever steals the code cannot use "
        "it without that secret.",
        "code_challenge_method": "The hash is SHA-256.",
        "resource": "Which API the access token shall be for; it becomes aud.",
        "prompt": "Show the consent page, even if you agreed before.",
        "login_hint": "Who you said you are. It fills in the form and proves nothing.",
    }
)

AUTHORIZATION_RESPONSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "code": "Good once, for a minute, for this app, with its secret. The app exchanges it at once.",
        "state": "As it was sent. The app looked it up under your cookie before it did anything else.",
        "iss": "Who answers. An app that knows several identity providers cannot be fooled into asking the "
        "wrong one.",
    }
)

LOGOUT_REQUEST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id_token_hint": "The ID token from sign-in: it proves which app asks, and about whom. That it "
        "expired does not matter here.",
        "client_id": "Which app is asking.",
        "post_logout_redirect_uri": "Where to send the browser afterwards. Registered, byte for byte.",
        "state": "Random; comes back with the browser.",
    }
)

UNKNOWN: Final = "Not one of the standard ones."
