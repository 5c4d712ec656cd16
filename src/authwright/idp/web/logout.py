"""
/logout: the end_session endpoint for browsers. OpenID Connect RP-Initiated Logout 1.0 §2.

`authwright.authorization_server.endpoints.end_session` decides; here are its page with the button, and the
page that says that it is done.
"""

from typing import Final, assert_never

from starlette.responses import Response

from authwright.authorization_server.endpoints.end_session import Confirm, SignedOut, end_session
from authwright.authorization_server.policy import Policy
from authwright.authorization_server.records import Client
from authwright.idp.web.asking_client import asking_client
from authwright.idp.web.csrf import FIELD
from authwright.idp.web.errors import Refused
from authwright.idp.web.person import named
from authwright.idp.web.visit import Visit
from authwright.oauth.errors import InvalidRequest
from authwright.oauth.parameters import Parameters

_REQUEST_PARAMETERS: Final = (
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
)
"""§2: what is read of a logout request, and what the button's form therefore carries on."""


async def show_logout(visit: Visit) -> Response:
    """A logout request by GET, from a client or from our own pages."""
    return await _answer(visit, visit.query(), confirmed=False)


async def submit_logout(visit: Visit) -> Response:
    """
    Our own button, or a logout request by POST.

    A client's POST comes from another site and therefore without the session's cookie (``SameSite=Lax``):
    it is asked again by GET, where the cookie comes along. A button from an earlier session asks again.
    """
    form = visit.form()
    if FIELD not in form or visit.session is None:
        return visit.renderer.redirect(visit.renderer.url("/logout", **_request(form)))
    return await _answer(visit, form, confirmed=_is_our_button(visit, form))


async def _answer(visit: Visit, parameters: Parameters, *, confirmed: bool) -> Response:
    request = visit.browser_request(parameters)
    answer = await end_session(request, visit.idp.server, confirmed=confirmed)
    match answer:
        case Confirm(client):
            return await _confirm(visit, parameters, client)
        case SignedOut(location):
            renderer = visit.renderer
            response = (
                renderer.page("signed_out.html", {}) if location is None else renderer.redirect(location)
            )
            if visit.session is not None:
                # Else a request that another site made without the cookie could take it away.
                response.headers.append("set-cookie", renderer.cookies.clear_session())
            return response
        case _:
            assert_never(answer)


async def _confirm(visit: Visit, parameters: Parameters, client: Client | None) -> Response:
    here = await visit.person_here()
    if here is None:  # pragma: no cover - `end_session` asks only whoever is here
        raise InvalidRequest("nobody is left to be asked about the logout")
    return visit.renderer.page(
        "logout.html",
        {
            "client": None if client is None else asking_client(client),
            "person": named(here.person),
            "parameters": _request(parameters),
            "form_token": visit.form_token(*_about(visit)),
        },
        form_targets=_targets(parameters, client, visit.idp.server.policy),
    )


def _request(parameters: Parameters) -> dict[str, str]:
    return {name: parameters[name] for name in _REQUEST_PARAMETERS if name in parameters}


def _is_our_button(visit: Visit, form: Parameters) -> bool:
    try:
        visit.check_form(form, *_about(visit))
    except Refused:
        return False
    return True


def _about(visit: Visit) -> tuple[str, ...]:
    """The form is bound to the session that it ends."""
    return ("/logout", "" if visit.session is None else visit.session.digest())


def _targets(parameters: Parameters, client: Client | None, policy: Policy) -> tuple[str, ...]:
    """Where the browser may be sent after the button: only what the client registered."""
    uri = parameters.get("post_logout_redirect_uri")
    if uri is None or client is None:
        return ()
    known = policy.is_registered(uri, client.post_logout_redirect_uris, client.client_id)
    return (uri,) if known else ()
