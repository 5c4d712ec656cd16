"""
Form tokens: a form is worth something only in the browser, session and request that it was shown for.

The token is a MAC under the browser cookie's secret, which no other site can read, over what the form is
about: its path, the authorization request in progress, the session, what was shown. Nothing is stored. A
consent form therefore cannot be posted for another request, by another site, after somebody else signed in,
or for another scope than was shown.
"""

import hmac
from hashlib import sha256
from typing import Final

from authwright.jose.encoding import b64url_encode
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret

FIELD: Final = "form_token"
"""The name of the hidden input."""


def form_token(browser: Secret, *about: str) -> str:
    """The token of a form for *browser*, *about* these things in this order."""
    # Each part with its length, so that no two lists of parts give the same bytes.
    message = "".join(f"{len(part)}:{part}" for part in about)
    return b64url_encode(hmac.digest(browser.reveal().encode(), message.encode(), sha256))


def check_form_token(form: Parameters, browser: Secret, *about: str) -> None:
    """Check that *form* was shown in *browser*, *about* these things. Raises `InvalidRequest`."""
    expected = form_token(browser, *about)
    if not hmac.compare_digest(form.get(FIELD, "").encode(), expected.encode()):
        raise InvalidRequest("the form token is missing or belongs to another form")
