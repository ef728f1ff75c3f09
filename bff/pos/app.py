"""Composition root of the POS BFF."""

from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from bff.pos.batches import BatchTooLarge
from bff.pos.catalogue import CatalogueGone
from bff.pos.devices import DeviceRevoked
from bff.pos.dpop import ALGORITHM, DeviceRefused
from bff.pos.parts import opened_pos, pos_parts_of
from bff.pos.routes import batch, catalogue, devices, enrolment_page, graph, till, till_page
from bff.pos.settings import PosSettings
from bff.pos.till_sessions import TillLocked
from bff.session.application import bff_app
from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.routes import authentication, sessions, site, tenants
from kernel.asgi import OrjsonResponse, error_body

SERVICE: Final = "bff-pos"
_LEADS: Final = (
    site.Lead(till_page.PATH, "till.title"),
    site.Lead(enrolment_page.PATH, "enrolment.title", devices.MANAGES_TILLS),
)
_UNAUTHORIZED: Final = 401
_GONE: Final = 410
_TOO_LARGE: Final = 413
_LOCKED: Final = 423


def create_app(settings: PosSettings, *, upstream: GraphQLUpstream | None = None) -> Starlette:
    """The POS BFF as an ASGI application.

    Args:
        settings: see `PosSettings`.
        upstream: the graph in the same process (`DirectUpstream`); None sends requests to `settings.router_url`.
    """
    routes = [
        *authentication.ROUTES,
        *sessions.ROUTES,
        *tenants.ROUTES,
        *devices.ROUTES,
        *enrolment_page.ROUTES,
        *till.ROUTES,
        *catalogue.ROUTES,
        *batch.ROUTES,
        *till_page.ROUTES,
        *graph.ROUTES,
        *site.routes(_LEADS),
    ]
    app = bff_app(SERVICE, routes, lambda: opened_pos(settings, upstream), settings)
    app.add_exception_handler(DeviceRefused, _challenged)
    app.add_exception_handler(TillLocked, _locked)
    app.add_exception_handler(CatalogueGone, _gone)
    app.add_exception_handler(BatchTooLarge, _too_large)
    return app


async def _challenged(request: Request, error: Exception) -> Response:
    if not isinstance(error, DeviceRefused):
        raise error
    if isinstance(error, DeviceRevoked) and error.device_id is not None:
        await pos_parts_of(request).till_sessions.end_all(error.device_id)
    challenge = f'DPoP error="{error.error}", algs="{ALGORITHM}"'
    body = error_body(error.code, error.message)
    return OrjsonResponse(body, status_code=_UNAUTHORIZED, headers={"www-authenticate": challenge})


async def _locked(_request: Request, error: Exception) -> Response:
    if not isinstance(error, TillLocked):
        raise error
    return OrjsonResponse(error_body(error.code, error.message), status_code=_LOCKED)


async def _gone(_request: Request, error: Exception) -> Response:
    if not isinstance(error, CatalogueGone):
        raise error
    return OrjsonResponse(error_body(error.code, error.message), status_code=_GONE)


async def _too_large(_request: Request, error: Exception) -> Response:
    if not isinstance(error, BatchTooLarge):
        raise error
    return OrjsonResponse(error_body(error.code, error.message), status_code=_TOO_LARGE)
