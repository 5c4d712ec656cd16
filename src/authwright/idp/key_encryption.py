"""
The key-encryption key: seals private keys at rest, and yields the product's other symmetric keys.

One secret of 32 bytes, in a file or in the environment, never in the database that it protects: whoever
copies the database alone can sign nothing. AES-256-GCM (NIST SP 800-38D) with a random nonce; HKDF,
:rfc:`5869`.
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from authwright.jose.encoding import b64url_decode, b64url_encode
from authwright.jose.errors import MalformedBase64url
from authwright.oauth.invalid_value import InvalidValue
from authwright.oauth.types import Secret

_SIZE: Final = 32
_NONCE_SIZE: Final = 12
_MIN_DISTINCT_BYTES: Final = 16
"""32 random bytes have fewer distinct values once in 10^12; a typed or a default key nearly always."""


class WrongKey(InvalidValue):
    """What was sealed was sealed under another key, or under another name, or is damaged."""


@final
class KeyEncryptionKey:
    """Seals and unseals. Its ``repr`` shows nothing."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _SIZE:
            raise InvalidValue("the key-encryption key does not have 32 bytes")
        if len(set(key)) < _MIN_DISTINCT_BYTES:
            raise InvalidValue("the key-encryption key is not random")
        self._key = key
        self._aead = AESGCM(key)

    @classmethod
    def parse(cls, text: Secret) -> "KeyEncryptionKey":
        """The key from its text: 43 characters of unpadded base64url. Raises `InvalidValue`."""
        try:
            return cls(b64url_decode(text.reveal().strip()))
        except MalformedBase64url:
            raise InvalidValue("the key-encryption key is not 43 characters of base64url") from None

    @classmethod
    def generate(cls) -> "KeyEncryptionKey":
        """A new one, from the operating system's generator."""
        return cls(os.urandom(_SIZE))

    def text(self) -> Secret:
        """What `parse` reads."""
        return Secret(b64url_encode(self._key))

    def write(self, path: Path) -> None:
        """Write the key to a new file that only its owner can read. Raises `FileExistsError`."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self.text().reveal() + "\n")
            file.flush()
            os.fsync(file.fileno())

    def seal(self, plaintext: bytes, *, name: str) -> bytes:
        """*plaintext* encrypted so that it unseals under the same *name* only."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._aead.encrypt(nonce, plaintext, name.encode())

    def unseal(self, sealed: bytes, *, name: str) -> bytes:
        """What was sealed under *name*. Raises `WrongKey`."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], name.encode())
        except (InvalidTag, ValueError):
            raise WrongKey("the key-encryption key does not open what is stored") from None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use, by name; they tell nothing about the key or about each other."""
        return HKDF(SHA256(), _SIZE, salt=None, info=f"authwright {purpose}".encode()).derive(self._key)

    @override
    def __repr__(self) -> str:
        return "KeyEncryptionKey(…)"


def is_readable_by_others(path: Path) -> bool:
    """Whether users outside the file's owner and group can read or replace it."""
    with contextlib.suppress(OSError):
        return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    return False
