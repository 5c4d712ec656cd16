"""What an access token has to be for this API to accept it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authwright.jose.algorithms import ASYMMETRIC
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.issuer import check_issuer
from authwright.oauth.token_profile import RFC_9068, TokenProfile
from authwright.oauth.types import Seconds, whole_seconds

from .errors import ConfigurationError

DEFAULT_ALGORITHMS: Final = frozenset({"ES256", "RS256", "PS256", "EdDSA"})
"""What issuers use; the longer variants can be added."""

DEFAULT_LEEWAY: Final = timedelta(seconds=30)
"""How much two clocks may differ."""

MAX_LEEWAY: Final = timedelta(seconds=60)
"""More would make a revoked or expired token useful for longer than clocks differ."""


_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    "issuer": (str, "write one URL, as a string; an API of several issuers has an Auth for each"),
    "audience": (str, "write one identifier, as a string: a token for another API is not for this one"),
    "profile": (TokenProfile, "give one of authwright.oauth.token_profile, such as KEYCLOAK"),
    "leeway": (timedelta, "write a timedelta, such as timedelta(seconds=10)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """
    The issuer, the audience, and how their tokens are marked. Neither can be left out, and neither switched
    off.

    *issuer* and *audience* are compared byte for byte (:rfc:`9068#section-4`). *algorithms* can only name
    asymmetric ones: an API that could verify an HMAC could also sign one. Raises `ConfigurationError`.
    """

    issuer: str
    audience: str
    profile: TokenProfile = RFC_9068
    algorithms: frozenset[str] = DEFAULT_ALGORITHMS
    leeway: timedelta = DEFAULT_LEEWAY

    def __post_init__(self) -> None:
        for setting, (kind, detail) in _KINDS.items():
            # For who has no type checker: what would fail at each request fails at the start instead.
            if not isinstance(getattr(self, setting), kind):
                raise ConfigurationError(setting, detail)
        try:
            check_issuer(self.issuer, allow_loopback_http=True)
        except InvalidValue:
            raise ConfigurationError(
                "issuer",
                "write the https URL that the issuer gives itself in its metadata, without query and "
                "fragment; http is for this machine alone, and for an issuer under another address between "
                "containers there is internal_url",
            ) from None
        if not self.audience:
            raise ConfigurationError(
                "audience", "write the identifier of this API that its tokens carry as aud"
            )
        if not self.algorithms or not self.algorithms <= ASYMMETRIC:
            raise ConfigurationError("algorithms", "name one or more of " + ", ".join(sorted(ASYMMETRIC)))
        if not timedelta() <= self.leeway <= MAX_LEEWAY:
            raise ConfigurationError("leeway", "choose between 0 and 60 seconds")

    @property
    def leeway_seconds(self) -> Seconds:
        """*leeway* in whole seconds, as times in tokens are compared."""
        return whole_seconds(self.leeway)

    @property
    def in_development(self) -> bool:
        """Whether the issuer is on this machine by plain http, so that callers may be told everything."""
        return self.issuer.startswith("http:")
