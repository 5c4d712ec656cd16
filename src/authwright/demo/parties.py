"""Who takes part, where each is, and what each needs to know to take part."""

from dataclasses import dataclass
from typing import Final

from authwright.oauth.types import ClientId, Secret

APP: Final = ClientId("cabinet")
API: Final = ClientId("items-api")
WORKER: Final = ClientId("worker")

SCOPE: Final = "openid profile email offline_access items:read items:write"
"""What the app asks for."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The origins of the three servers, each on a port of ``localhost``."""

    app: str
    issuer: str
    api: str

    def name_of(self, url: str) -> str:
        """Who is reached at *url*, as the pages call it."""
        names = {self.app: "the app", self.issuer: "the identity provider", self.api: "the API"}
        return next((name for origin, name in names.items() if url.startswith(f"{origin}/")), "somebody else")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secrets of one run. *password* is that of every person, and the only one that is shown."""

    password: str
    app: Secret
    api: Secret
    worker: Secret
