"""Templates into responses, and the files that they load: escaped, and nothing from elsewhere."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from authwright.demo.parties import Addresses
from authwright.demo.web.anatomy import clock_face, duration
from authwright.demo.web.chapters import CHAPTERS
from authwright.demo.web.messages import reason
from authwright.demo.web.parts import Parts
from authwright.demo.web.visits import Visit
from authwright.idp.web.headers import page_headers, safe_headers

_FILES: Final = (
    ("authwright.demo.web", "demo.css", "text/css; charset=utf-8"),
    ("authwright.demo.web", "cabinet.svg", "image/svg+xml"),
    ("authwright.idp.web", "authwright.css", "text/css; charset=utf-8"),
    ("authwright.idp.web", "mark.svg", "image/svg+xml"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file to serve. *version* is a hash of its content, for addresses that may be kept."""

    content: bytes
    content_type: str
    version: str


class Pages:
    """The pages of the app. Reads the files and templates once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.files = {name: _read(package, name, kind) for package, name, kind in _FILES}
        self._environment = Environment(
            loader=PackageLoader("authwright.demo.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(
        self, name: str, visit: Visit, context: Mapping[str, Any], *, status: int = 200, title: str = ""
    ) -> Response:
        """The template *name*, for *visit*, whose cookie goes along."""
        clock, addresses = self._parts.clock, self._parts.addresses
        now = clock.now()
        chapter = next((each for each in CHAPTERS if each.name == name), None)
        everywhere = {
            "chapters": CHAPTERS,
            "asset": self._asset,
            "reason": reason,
            "addresses": addresses,
            "visit": visit,
            "chapter": chapter,
            "title": title if chapter is None else chapter.title,
            "clock": clock_face(now),
            "ahead": duration(clock.ahead) if clock.ahead else "",
            "following": _following(name),
        }
        text = self._environment.get_template(f"{name}.html").render({**everywhere, **context})
        return self._with_cookie(HTMLResponse(text, status, _headers(addresses)), visit)

    def redirect(self, location: str, visit: Visit | None = None) -> Response:
        """303: go there by GET. *location* is sent byte for byte."""
        response = Response(
            status_code=303, headers={**_headers(self._parts.addresses), "location": location}
        )
        return response if visit is None else self._with_cookie(response, visit)

    def file(self, name: str) -> Response:
        """A file of ours. The logo is also shown on the identity provider's pages, which are on this site."""
        file = self.files[name]
        headers = {
            **safe_headers(self._parts.addresses.app),
            "cross-origin-resource-policy": "same-site",
            "cache-control": "max-age=3600",
        }
        return Response(file.content, headers=headers, media_type=file.content_type)

    def _asset(self, name: str) -> str:
        return f"/static/{name}?v={self.files[name].version}"

    def _with_cookie(self, response: Response, visit: Visit) -> Response:
        """For this browser session, and out of the reach of scripts."""
        response.set_cookie(
            self._parts.cookie, visit.secret.reveal(), httponly=True, samesite="lax", path="/"
        )
        return response


def _headers(addresses: Addresses) -> dict[str, str]:
    # Signing in and out are forms whose answers lead to the identity provider.
    return page_headers(addresses.app, form_targets=[addresses.issuer])


def _following(name: str) -> Any:
    names = [chapter.name for chapter in CHAPTERS]
    place = names.index(name) + 1 if name in names else len(names)
    return CHAPTERS[place] if place < len(names) else None


def _read(package: str, name: str, content_type: str) -> File:
    content = resources.files(package).joinpath("static", name).read_bytes()
    return File(content, content_type, hashlib.sha256(content).hexdigest()[:12])
