"""The operating system's clock and random generator, behind the ports `Clock` and `Entropy`."""

import os
import time
from typing import final

from typing_extensions import override

from authwright.authorization_server.ports import Clock, Entropy
from authwright.jose.encoding import b64url_encode
from authwright.oauth.types import Timestamp


@final
class SystemClock(Clock):
    """The wall clock: what expires must expire for other parties too, which share no monotonic one."""

    @override
    def now(self) -> Timestamp:
        return Timestamp(int(time.time()))


@final
class SystemEntropy(Entropy):
    """The kernel's generator, by way of `os.urandom`."""

    @override
    def secret(self) -> str:
        return b64url_encode(os.urandom(32))

    @override
    def identifier(self) -> str:
        return b64url_encode(os.urandom(16))
