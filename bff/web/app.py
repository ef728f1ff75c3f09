"""Composition root of the web BFF."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from bff.session.graphql_proxy import GraphQLUpstream
from bff.web.parts import opened
from bff.web.routes import authentication, graph, site
from bff.web.security_headers import SecurityHeaders
from bff.web.settings import WebSettings
from kernel.asgi import OrjsonResponse, error_body, service_app
from kernel.errors import BadUserInput, DomainError, Forbidden, NotFound, Unauthenticated, Unavailable

SERVICE: Final = "bff-web"

_STATUS: Final[Mapping[type[DomainError], int]] = {
    BadUserInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Unavailable: 503,
}


def create_app(settings: WebSettings, *, upstream: GraphQLUpstream | None = None) -> Starlette:
    """The web BFF as an ASGI application.

    Args:
        settings: see `WebSettings`.
        upstream: the graph in the same process (`DirectUpstream`); None sends requests to `settings.router_url`.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with opened(settings, upstream) as parts:
            app.state.parts = parts
            yield

    async def redis_answers() -> None:
        await app.state.parts.store.ping()

    async def provider_answers() -> None:
        await app.state.parts.provider.metadata()

    app = service_app(
        service=SERVICE,
        routes=[*authentication.ROUTES, *graph.ROUTES, *site.routes(settings.graphiql_folder)],
        lifespan=lifespan,
        readiness={"sessions": redis_answers, "identity_provider": provider_answers},
        middleware=[Middleware(SecurityHeaders, is_https=settings.is_https)],
    )
    app.add_exception_handler(DomainError, _coded)
    return app


async def _coded(_request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    return OrjsonResponse(error_body(error.code, error.message), status_code=status)
