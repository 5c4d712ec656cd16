"""The operating system's random generator, behind the port `Entropy`."""

import os
from typing import final

from typing_extensions import override

from authwright.authorization_server.ports import Entropy
from authwright.jose.encoding import b64url_encode


@final
class SystemEntropy(Entropy):
    """The kernel's generator, by way of `os.urandom`."""

    @override
    def secret(self) -> str:
        return b64url_encode(os.urandom(32))

    @override
    def identifier(self) -> str:
        return b64url_encode(os.urandom(16))
