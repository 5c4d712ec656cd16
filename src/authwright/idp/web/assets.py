"""
The stylesheet and the pictures of the pages.

Read once and served from memory by exact name, so no request touches the file system. The name holds a hash
of the content: what a browser has kept for a year is never an old version.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

_CONTENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
)
_OURS: Final = Path(__file__).parent / "static"
CACHE_CONTROL: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file to serve. *name* is that of the file with the hash of its content before the ending."""

    name: str
    content: bytes
    content_type: str


def load_assets(templates_directory: Path | None) -> Mapping[str, Asset]:
    """
    Our static files by their plain names. One of the same name in ``static/`` below *templates_directory*
    takes the place of ours. Does I/O.
    """
    assets: dict[str, Asset] = {}
    for ours in sorted(_OURS.iterdir()):
        theirs = None if templates_directory is None else templates_directory / "static" / ours.name
        path = theirs if theirs is not None and theirs.is_file() else ours
        content = path.read_bytes()
        fingerprint = hashlib.sha256(content).hexdigest()[:16]
        name = f"{ours.stem}.{fingerprint}{ours.suffix}"
        assets[ours.name] = Asset(name, content, _CONTENT_TYPES[ours.suffix])
    return MappingProxyType(assets)
