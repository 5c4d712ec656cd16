"""
Links that work once: what /first/… and /recover/… share.

A GET only shows the form, because mail scanners and chat previews follow links; the POST uses the link up in
the same commit as what it is for. Every visit is counted for its network, so codes cannot be guessed.
"""

from datetime import timedelta
from typing import Final, Literal

from starlette.responses import Response

from authwright.authorization_server.storage import Conflict
from authwright.idp.accounts.throttle import network_of
from authwright.idp.one_time_code import code_digest
from authwright.idp.records import OneTimeLink
from authwright.idp.web.visit import Visit
from authwright.idp.web.waiting import wait
from authwright.idp.writes import CountAttempt
from authwright.oauth.types import Seconds, whole_seconds

ATTEMPTS: Final = 30
"""Visits from one network in `WINDOW`: enough for somebody who chooses a password several times."""

WINDOW: Final = timedelta(minutes=15)


async def open_link(visit: Visit, purpose: Literal["first_admin", "recovery"]) -> OneTimeLink | Response:
    """The link that the path names, still good for *purpose*, or the page that says that it is not."""
    window = whole_seconds(WINDOW)
    count = CountAttempt(f"link:{network_of(visit.incoming.network)}", visit.now, window, ATTEMPTS)
    try:
        await visit.idp.storage.commit((count,))
    except Conflict:
        return _throttled(visit, window)
    link = await visit.idp.storage.one_time_link(code_digest(visit.argument))
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= visit.now:
        return link_over_page(visit)
    return link


def link_over_page(visit: Visit) -> Response:
    """Unknown, used and expired read alike. 404: there is nothing at this address (any more)."""
    messages = visit.renderer.messages
    context = {"title": messages("link.over_title"), "text": messages("link.over")}
    return visit.renderer.page("notice.html", context, status=404, isolated=True)


def about(visit: Visit, link: OneTimeLink) -> tuple[str, ...]:
    """What a form of the link is bound to."""
    return (visit.route, link.link_digest)


def _throttled(visit: Visit, window: Seconds) -> Response:
    messages = visit.renderer.messages
    context = {
        "title": messages("link.throttled_title"),
        "text": messages("link.throttled", wait=wait(window, messages)),
    }
    response = visit.renderer.page("notice.html", context, status=429, isolated=True)
    response.headers["retry-after"] = str(window)
    return response
