"""authwright.idp.web.rendering and assets: escaping, overriding, addresses."""

import hashlib

import pytest
from jinja2 import UndefinedError

from authwright.idp.configuration_error import ConfigurationError
from authwright.idp.web.assets import load_assets
from authwright.idp.web.rendering import build_renderer

NOTICE = {"title": "A title", "text": "Some text"}


def html(renderer, template="notice.html", context=NOTICE):
    return renderer.page(template, context).body.decode()


def test_what_comes_from_elsewhere_is_escaped():
    """A script on the provider's origin is an account taken over."""
    text = html(build_renderer("https://id.example.com"), context={"title": "<b>", "text": '"><script>'})
    assert "<b>" not in text
    assert "<script>" not in text


def test_a_name_that_is_not_there_is_a_mistake():
    """Not an empty place in the page: StrictUndefined."""
    with pytest.raises(UndefinedError):
        html(build_renderer("https://id.example.com"), context={"title": "A title"})


@pytest.mark.parametrize(
    ("issuer", "base", "site"),
    [
        ("https://id.example.com", "", "id.example.com"),
        ("https://id.example.com/", "", "id.example.com"),
        ("https://example.com/realms/one", "/realms/one", "example.com/realms/one"),
        ("http://localhost:9000", "", "localhost:9000"),
    ],
)
def test_addresses_begin_at_the_issuer(issuer, base, site):
    """The Host header is not asked."""
    renderer = build_renderer(issuer)
    assert renderer.url("/login", interaction="a&b") == f"{base}/login?interaction=a%26b"
    assert f'href="{base}/account"' in html(renderer)
    assert site in html(renderer)


def test_redirects_are_303():
    """A browser that follows 307 posts the password to the client. :rfc:`9700#section-4.12`."""
    response = build_renderer("https://id.example.com").redirect("https://app.example.com/cb?x=%7E")
    assert response.status_code == 303
    assert response.headers["location"] == "https://app.example.com/cb?x=%7E"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_the_name_of_a_file_holds_its_hash():
    """A browser that kept the stylesheet for a year never has an old one."""
    asset = load_assets(None)["authwright.css"]
    assert hashlib.sha256(asset.content).hexdigest()[:16] in asset.name
    assert asset.name.endswith(".css")


def test_a_directory_takes_the_place_of_ours(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "authwright.css").write_text("body { color: red }")
    (tmp_path / "notice.html").write_text(
        "{% extends 'base.html' %}{% block title %}{{ title }}{% endblock %}"
        "{% block main %}Mine: {{ text }}{% endblock %}"
    )
    renderer = build_renderer("https://id.example.com", templates_directory=tmp_path)
    assert "Mine: Some text" in html(renderer)
    assert renderer.assets["authwright.css"].content == b"body { color: red }"
    assert renderer.assets["mark.svg"].content == load_assets(None)["mark.svg"].content


@pytest.mark.parametrize("content", [b"{% block %}", b"{{ open", b"\xff\xfe"])
def test_a_broken_template_stops_the_start(tmp_path, content):
    """Not the first person who wants to sign in."""
    (tmp_path / "login.html").write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        build_renderer("https://id.example.com", templates_directory=tmp_path)
    assert refused.value.setting == "templates_directory"


def test_pages_hold_no_script_and_no_inline_style():
    """The policy would block them, and with them the page would not work without JavaScript."""
    renderer = build_renderer("https://id.example.com")
    for name in renderer.environment.list_templates(extensions=["html"]):
        source = renderer.environment.loader.get_source(renderer.environment, name)[0]
        assert "<script" not in source, name
        assert "style=" not in source, name
        assert " onclick" not in source, name
