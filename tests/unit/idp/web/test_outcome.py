"""authwright.idp.web.outcome, errors and asking_client: decisions and clients as pages show them."""

from dataclasses import replace

import pytest

from authwright.authorization_server.authorization_request import prove
from authwright.authorization_server.decisions import ErrorPage, Interact
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import Step
from authwright.idp.web.asking_client import asking_client, destination
from authwright.idp.web.errors import error_page, not_found_page, wrong_method_page
from authwright.idp.web.outcome import respond
from authwright.idp.web.rendering import build_renderer
from authwright.oauth.errors import InvalidRequest, LoginRequired, ServerError, TemporarilyUnavailable
from authwright.oauth.parameters import Parameters
from authwright.oauth.types import Secret
from support.pages import APP, NATIVE, REDIRECT_URI

RENDERER = build_renderer("https://id.example.com")


def proven(client=APP, redirect_uri=REDIRECT_URI):
    parameters = Parameters((("client_id", client.client_id), ("redirect_uri", redirect_uri)))
    return prove(parameters, client, "https://id.example.com", Policy())


@pytest.mark.parametrize(
    ("step", "path"),
    [(Step.LOGIN, "/login"), (Step.CONSENT, "/consent"), (Step.SELECT_ACCOUNT, "/select-account")],
)
def test_each_step_has_an_address_of_its_own(step, path):
    """A script tells the pages apart by their addresses."""
    response = respond(RENDERER, Interact(step, Secret("abc")), "c")
    assert (response.status_code, response.headers["location"]) == (303, f"{path}?interaction=abc")


def test_the_answer_goes_to_the_client():
    response = respond(RENDERER, proven().success("the-code"), "c")
    assert response.status_code == 303
    assert response.headers["location"].startswith(REDIRECT_URI + "?code=the-code")


def test_an_error_page_is_no_redirect():
    """:rfc:`6749#section-4.1.2.1`; the status is 400 whatever the code's own is."""
    response = respond(RENDERER, ErrorPage(LoginRequired("private detail")), "0123abcd")
    text = response.body.decode()
    assert response.status_code == 400
    assert "location" not in response.headers
    assert '<code id="aw-error">login_required</code>' in text
    assert "Something went wrong" in text
    assert "0123abcd" in text
    assert "private detail" not in text


def test_faults_of_ours_say_so():
    unavailable = TemporarilyUnavailable("d", headers={"Retry-After": "5", "X-Other": "1"})
    response = error_page(RENDERER, unavailable, "c", advice="error.interaction")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "x-other" not in response.headers
    assert "cannot answer right now" in response.body.decode()
    crashed = error_page(RENDERER, ServerError("d"), "c")
    assert crashed.status_code == 500
    assert "mistake of ours" in crashed.body.decode()


def test_advice():
    text = error_page(RENDERER, InvalidRequest("d"), "c", advice="error.interaction").body.decode()
    assert "took too long" in text


def test_other_refusals():
    assert not_found_page(RENDERER).status_code == 404
    response = wrong_method_page(RENDERER, "GET, POST")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


def test_a_client_as_it_is_shown():
    client = asking_client(APP)
    assert (client.name, client.initial) == ("Garden planner", "G")
    assert client.images == ("https://cdn.example.com/logo.png",)
    assert client.policy == "https://app.example.com/privacy"


def test_links_that_are_no_web_addresses_are_left_out():
    """A registered link cannot run a script on the provider's page."""
    hostile = replace(
        APP,
        client_name="",
        logo_uri="data:image/svg+xml,x",
        client_uri="javascript:alert(1)",
        policy_uri="javascript:alert(1)",
        tos_uri="vbscript:x",
    )
    client = asking_client(hostile)
    assert (client.logo, client.about, client.policy, client.terms) == (None, None, None, None)
    assert (client.name, client.images) == ("app", ())


def test_a_name_without_letters():
    assert asking_client(replace(APP, client_name="—")).initial == "?"


@pytest.mark.parametrize(
    ("client", "redirect_uri", "host", "on_device"),
    [
        (APP, REDIRECT_URI, "app.example.com", False),
        (NATIVE, "http://127.0.0.1:5123/callback", "127.0.0.1:5123", True),
        (NATIVE, "com.example.app:/callback", "com.example.app", True),
    ],
)
def test_where_the_answer_goes(client, redirect_uri, host, on_device):
    """The redirect host is named, with a warning where any program may answer. MCP; RFC 8252 §8.6."""
    where = destination(proven(client, redirect_uri))
    assert (where.host, where.on_device) == (host, on_device)
