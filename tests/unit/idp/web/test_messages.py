"""authwright.idp.web.messages: every text exists, and every text is used."""

import re
from pathlib import Path

import pytest

from authwright.idp import web
from authwright.idp.web.account import DONE
from authwright.idp.web.messages import ENGLISH
from authwright.oidc.claims import IDENTITY_SCOPE

WEB = Path(web.__file__).parent
SOURCES = {
    path.name: path.read_text()
    for path in [*WEB.glob("*.py"), *WEB.glob("templates/*.html")]
    if path.name != "messages.py"
}
COMPOSED = {
    *(f"scope.{name}" for name in IDENTITY_SCOPE),
    *(f"account.done.{what}" for what in DONE),
    *(f"{name}{end}" for name in ("error.not_found", "error.method") for end in ("", "_title")),
    *(f"{name}{s}" for name in ("time.minute", "time.hour", "time.day") for s in ("", "s")),
    *(f"{name}{s}" for name in ("wait.minute", "wait.hour") for s in ("", "s")),
}
"""Names that the code puts together."""


def test_every_text_is_used():
    written = "\n".join(SOURCES.values())
    unused = {name for name in ENGLISH.texts if not re.search(rf"[\"']{re.escape(name)}[\"']", written)}
    assert unused - COMPOSED == set()


def test_every_text_that_a_template_names_exists():
    named = {
        name
        for source in SOURCES.values()
        for name in re.findall(r"\bt\(\s*[\"']([a-z_.]+)[\"'][,)\s]", source)
        if not name.endswith(".")
    }
    assert named
    assert named - set(ENGLISH.texts) == set()
    assert set(ENGLISH.texts) >= COMPOSED


def test_templates_hold_no_text_of_their_own():
    """All that is read on a page is in the messages, so that a language is one more mapping."""
    for name, source in SOURCES.items():
        if name.endswith(".html"):
            bare = re.sub(
                r"\{% block width %\}\w+|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|[\w-]+=\"[^\"]*\"",
                " ",
                source,
                flags=re.DOTALL,
            )
            assert not re.search(r"[A-Za-z]{2,}", bare), name


def test_values_are_escaped():
    """A client's name cannot bring markup into a page."""
    text = ENGLISH("login.to_client", client="<script>alert(1)</script>")
    assert text == "to continue to <strong>&lt;script&gt;alert(1)&lt;/script&gt;</strong>"


def test_braces_in_a_value_are_text():
    assert "{site}" in ENGLISH("consent.title", client="{site}")


def test_an_unknown_name_is_a_mistake():
    with pytest.raises(KeyError):
        ENGLISH("no.such.text")
