"""Composition root of the router process."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from kernel.asgi import service_app
from kernel.identity import JwksSource, TokenVerifier
from kernel.subgraph import SubgraphHandler
from router.execution.transport import Transport
from router.execution.transport.http import HttpTransport
from router.execution.transport.in_process import InProcessTransport
from router.execution.transport.layers import guarded, resilient
from router.gateway import Router
from router.http import GraphQLEndpoint
from router.pipeline.authorize import Authenticator
from router.settings import RouterSettings


def create_router(
    settings: RouterSettings, supergraph_sdl: str, transport: Transport, authenticator: Authenticator | None = None
) -> Router:
    """The router without HTTP, with the authenticator the settings describe unless one is given.

    Raises:
        InvalidSupergraph: the document is not a supergraph.
    """
    if authenticator is None and settings.issuer and settings.jwks_url:
        authenticator = TokenVerifier(settings.issuer, settings.audience, JwksSource(settings.jwks_url))
    return Router(supergraph_sdl, transport, settings, authenticator)


def http_transport(settings: RouterSettings, urls: Mapping[str, str]) -> Transport:
    """A transport to subgraphs in other processes: name → URL of `/graphql`.

    Raises:
        InvalidConfiguration: the configuration file cannot be used, or is about other subgraphs.
    """
    configuration = settings.configuration
    configuration.check_names(urls)
    traffic = configuration.traffic(urls)
    kept = [rule.name for rule in configuration.response_headers]
    return resilient(HttpTransport(urls, traffic, kept), urls, traffic)


def in_process_transport(settings: RouterSettings, handlers: Mapping[str, SubgraphHandler]) -> Transport:
    """A transport to subgraphs of this process.

    Raises:
        InvalidConfiguration: the configuration file cannot be used, or is about other subgraphs.
    """
    settings.configuration.check_names(handlers)
    traffic = settings.configuration.traffic(handlers)
    return guarded(InProcessTransport(handlers, traffic), handlers, traffic)


def create_app(settings: RouterSettings, supergraph_sdl: str, transport: Transport) -> Starlette:
    """The ASGI application: /graphql, /health/live, /health/ready, /metrics."""
    return app_of(create_router(settings, supergraph_sdl, transport), settings)


def app_of(router: Router, settings: RouterSettings) -> Starlette:
    """The ASGI application around a router that may be called directly as well."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        await router.close()

    return service_app(
        service="router",
        routes=[
            Route(
                "/graphql", GraphQLEndpoint(router, settings.configuration.compression).answer, methods=["GET", "POST"]
            )
        ],
        lifespan=lifespan,
        readiness={name: _check(router.transport, name) for name in router.supergraph.subgraphs},
        max_body_bytes=settings.max_body_bytes,
    )


def _check(transport: Transport, subgraph: str) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        await transport.check(subgraph)

    return check
