"""What the app is made of, put together once and passed to everything."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from authwright.client import AsyncClient, ClientSecretBasic
from authwright.demo.clock import DemoClock
from authwright.demo.parties import APP, WORKER, Addresses, Credentials
from authwright.demo.web.visits import Visits
from authwright.demo.wire import Wire
from authwright.oauth.http import Transport


@dataclass(frozen=True, slots=True)
class Parts:
    """
    *client* signs people in. *worker* is a machine, and *thief* somebody with a copy of all that the app has;
    the app stands in for both of them, on one page each.
    """

    addresses: Addresses
    cookie: str
    password: str
    clock: DemoClock
    wire: Wire
    visits: Visits
    client: AsyncClient
    worker: AsyncClient
    thief: AsyncClient
    app_transport: Transport
    worker_transport: Transport


def build_parts(addresses: Addresses, credentials: Credentials, wire: Wire, clock: DemoClock) -> Parts:
    """The app's parts; all of its requests go over *wire*."""
    app, auth = wire.way_out_of("the app"), ClientSecretBasic(credentials.app)
    worker, worker_auth = wire.way_out_of("the worker"), ClientSecretBasic(credentials.worker)
    thief = wire.way_out_of("the thief")
    return Parts(
        addresses=addresses,
        # Cookies do not know ports, and there may be another demo on this machine.
        cookie=f"aw_demo_{urlsplit(addresses.app).port}",
        password=credentials.password,
        clock=clock,
        wire=wire,
        visits=Visits(),
        client=AsyncClient(addresses.issuer, APP, auth=auth, transport=app, clock=clock),
        worker=AsyncClient(addresses.issuer, WORKER, auth=worker_auth, transport=worker, clock=clock),
        thief=AsyncClient(addresses.issuer, APP, auth=auth, transport=thief, clock=clock),
        app_transport=app,
        worker_transport=worker,
    )
