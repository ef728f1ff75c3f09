"""Composition root of the web BFF."""

from typing import Final

from starlette.applications import Starlette

from bff.session.application import bff_app
from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.model import EXPLORE_SCOPE
from bff.session.parts import opened
from bff.session.routes import authentication, graph, sessions, site, tenants
from bff.web.routes import graphiql, rest
from bff.web.settings import WebSettings

SERVICE: Final = "bff-web"
_EXPLORE: Final = site.Lead(graphiql.PATH, "actions.explore", EXPLORE_SCOPE)


def create_app(settings: WebSettings, *, upstream: GraphQLUpstream | None = None) -> Starlette:
    """The web BFF as an ASGI application.

    Args:
        settings: see `WebSettings`.
        upstream: the graph in the same process (`DirectUpstream`); None sends requests to `settings.router_url`.
    """
    routes = [
        *authentication.ROUTES,
        *sessions.ROUTES,
        *tenants.ROUTES,
        *graph.ROUTES,
        *site.routes([_EXPLORE], graphiql_path=graphiql.PATH),
        *graphiql.routes(settings.graphiql_folder),
        *rest.routes(settings.rest_description, settings.operations_folder / "rest"),
    ]
    return bff_app(SERVICE, routes, lambda: opened(settings, upstream), settings)
