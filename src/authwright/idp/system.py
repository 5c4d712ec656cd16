"""The operating system's clock and random generator, behind the ports `Clock` and `Entropy`."""

import secrets
import time
from typing import final

from typing_extensions import override

from authwright.authorization_server.ports import Clock, Entropy
from authwright.oauth.types import Timestamp


@final
class SystemClock(Clock):
    """The wall clock: what expires must expire for other parties too, which share no monotonic one."""

    @override
    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))


@final
class SystemEntropy(Entropy):
    """The kernel's generator, by way of `secrets`."""

    @override
    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    @override
    def identifier(self) -> str:
        return secrets.token_urlsafe(16)
