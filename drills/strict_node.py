"""
`authwright serve` without the replay window of refresh tokens (docs/adr/0007), for the races.

    python -m drills.strict_node serve --port PORT

With the window a rotated token is answered with a sibling, and every one of fifty parallel refreshes succeeds
by design. Without it exactly one may.
"""

import sys
from dataclasses import fields, replace
from datetime import timedelta

from typing_extensions import override

from authwright.authorization_server.policy import Policy
from authwright.idp.log import Log
from authwright.idp.provider import IdentityProvider
from authwright.idp.serving.process import serve
from authwright.idp.settings import Settings, load


class StrictSettings(Settings):
    """Settings whose policy has no window: not even the second in which the token was rotated."""

    @override
    def policy(self) -> Policy:
        return replace(super().policy(), refresh_reuse_leeway=timedelta(seconds=-1))


async def _say_nothing(_idp: IdentityProvider) -> None:
    """Whoever waits for the node asks its health."""


def main(port: str) -> None:
    """Serve until told to stop."""
    loaded = load(given={"port": port})
    settings = StrictSettings(**{field.name: getattr(loaded, field.name) for field in fields(Settings)})
    serve(settings, Log.to_stderr(settings.log_level, settings.log_format), _say_nothing)


if __name__ == "__main__":
    main(sys.argv[-1])
