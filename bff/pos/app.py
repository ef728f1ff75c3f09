"""Composition root of the POS BFF."""

from typing import Final

from starlette.applications import Starlette

from bff.pos.settings import PosSettings
from bff.session.application import bff_app
from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.parts import opened
from bff.session.routes import authentication, graph, site

SERVICE: Final = "bff-pos"


def create_app(settings: PosSettings, *, upstream: GraphQLUpstream | None = None) -> Starlette:
    """The POS BFF as an ASGI application.

    Args:
        settings: see `PosSettings`.
        upstream: the graph in the same process (`DirectUpstream`); None sends requests to `settings.router_url`.
    """
    routes = [*authentication.ROUTES, *graph.ROUTES, *site.routes()]
    return bff_app(SERVICE, routes, lambda: opened(settings, upstream), is_https=settings.is_https)
