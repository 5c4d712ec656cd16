"""/select-account: as whom to go on. OpenID Connect Core §3.1.2.1, ``prompt=select_account``."""

from starlette.responses import Response

from authwright.authorization_server.records import Step
from authwright.idp.web.asking_client import asking_client
from authwright.idp.web.person import named
from authwright.idp.web.step_page import complete, open_step, refuse
from authwright.idp.web.visit import Visit


async def show_select_account(visit: Visit) -> Response:
    """The choice."""
    page = await open_step(visit, visit.query())
    proven = page.progress.proven
    client = asking_client(proven.client)
    return visit.renderer.page(
        "select_account.html",
        {
            "client": client,
            "person": named(page.here.person),
            "interaction": page.progress.interaction.reveal(),
            "form_token": visit.form_token(*page.about),
        },
        form_targets=(proven.redirect_uri,),
        images=client.images,
    )


async def submit_select_account(visit: Visit) -> Response:
    """Go on as whoever is here, or go back to the app. Another account is a link to /login."""
    form = visit.form()
    page = await open_step(visit, form)
    visit.check_form(form, *page.about)
    if form.get("action") != "continue":
        return await refuse(visit, page.progress)
    return await complete(page, Step.SELECT_ACCOUNT)
