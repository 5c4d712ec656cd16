"""
Templates into responses. Jinja2 escapes everything that is not our own text, and refuses undefined names.

Addresses inside pages begin at the path of the configured issuer and never at what the request's ``Host``
says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from starlette.responses import HTMLResponse, Response

from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.web.assets import Asset, load_assets
from authwright.idp.web.cookies import Cookies
from authwright.idp.web.headers import page_headers
from authwright.idp.web.messages import ENGLISH, Messages
from authwright.oauth.parameters import encode
from authwright.oauth.uri import parse_uri

_OURS: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Renderer:
    """
    What makes the pages of one *issuer*. *base* is the issuer's path, *site* how the issuer is called in
    pages. Made by `build_renderer`.
    """

    issuer: str
    base: str
    site: str
    cookies: Cookies
    messages: Messages
    assets: Mapping[str, Asset]
    environment: Environment

    def asset(self, name: str) -> str:
        """The address of one of our own files, by its plain name."""
        return self.url(f"/static/{self.assets[name].name}")

    def url(self, path: str, **query: str) -> str:
        """The address of one of our own pages."""
        return f"{self.base}{path}?{encode(query.items())}" if query else f"{self.base}{path}"

    def page(
        self,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        form_targets: Iterable[str] = (),
        images: Iterable[str] = (),
        isolated: bool = False,
    ) -> Response:
        """*template* with *context*; the other arguments are those of `page_headers`."""
        everywhere = {"t": self.messages, "url": self.url, "asset": self.asset, "site": self.site}
        text = self.environment.get_template(template).render({**everywhere, **context})
        headers = page_headers(self.issuer, form_targets=form_targets, images=images, isolated=isolated)
        return HTMLResponse(text, status, {**headers, "content-language": self.messages.language})

    def redirect(self, location: str) -> Response:
        """
        303: go there by GET. Never 307 or 308, which would post the person's password to the client
        (:rfc:`9700#section-4.12`). *location* is sent byte for byte.
        """
        return Response(status_code=303, headers={**page_headers(self.issuer), "location": location})


def build_renderer(issuer: str, *, templates_directory: Path | None = None) -> Renderer:
    """
    The renderer of *issuer*. A template in *templates_directory* takes the place of ours of the same name.

    Does I/O. Raises `ConfigurationError` when one of them is no template: better now than on the first login.
    """
    uri = parse_uri(issuer)
    assets = load_assets(templates_directory)
    base = uri.path.removesuffix("/")
    port = "" if uri.port is None else f":{uri.port}"
    site = f"{uri.host or ''}{port}{base}"
    environment = Environment(
        loader=_loader(templates_directory),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if templates_directory is not None:
        _check_templates(environment)
    return Renderer(issuer, base, site, Cookies.of(issuer), ENGLISH, assets, environment)


def _loader(templates_directory: Path | None) -> BaseLoader:
    ours = FileSystemLoader(_OURS)
    return (
        ours if templates_directory is None else ChoiceLoader([FileSystemLoader(templates_directory), ours])
    )


def _check_templates(environment: Environment) -> None:
    try:
        for name in environment.list_templates(extensions=["html"]):
            environment.get_template(name)
    except (TemplateSyntaxError, UnicodeDecodeError) as error:
        where = f"{error.name}, line {error.lineno}" if isinstance(error, TemplateSyntaxError) else "a file"
        raise ConfigurationError(
            Problem.INVALID_VALUE,
            "templates_directory",
            received=f"{where}: {error}",
            expected="Jinja2 templates in UTF-8",
            write="the template anew, or delete it: ours takes its place",
        ) from None
