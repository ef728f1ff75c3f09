"""Composition root of the router process."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from kernel.asgi import ReadinessCheck, service_app
from kernel.identity import JwksSource, TokenVerifier
from kernel.subgraph import SubgraphHandler
from router.execution.transport import Transport
from router.execution.transport.callers import callers_of
from router.execution.transport.http import HttpTransport
from router.execution.transport.in_process import InProcessTransport
from router.execution.transport.layers import guarded, resilient
from router.execution.transport.traffic import Traffic
from router.gateway import Router
from router.http import GraphQLEndpoint
from router.pipeline.authorize import Authenticator
from router.planning.supergraph import Supergraph
from router.planning.supergraph_loader import load_supergraph
from router.reloading import Reloader, read_supergraph_file
from router.settings import RouterSettings

#: for the garbage collection of a process that only routes: fifty answers of a hundred kilobytes under way are made of
#: as many, and next to nothing of an answer needs the collector
YOUNG_OBJECTS: Final = 250_000


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
        InvalidConfiguration: the configuration file or a key cannot be used, or it is about other subgraphs.
    """
    traffic, kept = _configured(settings, urls)
    return resilient(HttpTransport(urls, traffic, kept, callers_of(urls, traffic, settings.caller_keys)), urls, traffic)


def in_process_transport(settings: RouterSettings, handlers: Mapping[str, SubgraphHandler]) -> Transport:
    """A transport to subgraphs of this process.

    Raises:
        InvalidConfiguration: the configuration file cannot be used, or is about other subgraphs.
    """
    traffic, kept = _configured(settings, handlers)
    return guarded(InProcessTransport(handlers, traffic, kept), handlers, traffic)


def _configured(settings: RouterSettings, subgraphs: Collection[str]) -> tuple[Mapping[str, Traffic], Sequence[str]]:
    """The traffic rules of each subgraph, and the names of the answers' headers that are kept."""
    configuration = settings.configuration
    configuration.check_names(subgraphs)
    return configuration.traffic(subgraphs), [rule.name for rule in configuration.response_headers]


def create_app(settings: RouterSettings, supergraph_sdl: str, transport: Transport) -> Starlette:
    """The ASGI application: /graphql, /health/live, /health/ready, /metrics."""
    return app_of(create_router(settings, supergraph_sdl, transport), settings)


def create_app_of_file(settings: RouterSettings, path: Path) -> Starlette:
    """The application over subgraphs in other processes; it follows the supergraph file.

    Raises:
        InvalidSupergraph: the file cannot be read, or is not a supergraph.
        InvalidConfiguration: the configuration file cannot be used, or is about other subgraphs.
    """
    reloader = reloader_of(settings, path)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        watching = asyncio.create_task(reloader.watch(settings.supergraph_poll_seconds))
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await reloader.close()

    return _application(reloader.endpoint, settings, lifespan)


def reloader_of(settings: RouterSettings, path: Path) -> Reloader:
    """The endpoint of a supergraph file over subgraphs in other processes, and what lets it follow the file.

    Raises:
        InvalidSupergraph: the file cannot be read, or is not a supergraph.
        InvalidConfiguration: the configuration file cannot be used, or is about other subgraphs.
    """
    router = _router_over_http(settings, read_supergraph_file(path), None)
    endpoint = GraphQLEndpoint(router, settings.configuration.compression)
    build = partial(_router_over_http, settings)
    retire_seconds = settings.operation_seconds + 1
    return Reloader(endpoint, path, build, retire_seconds=retire_seconds, warm_seconds=settings.warmed_seconds)


def app_of(router: Router, settings: RouterSettings) -> Starlette:
    """The ASGI application around a router that may be called directly as well."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        await router.close()

    return _application(GraphQLEndpoint(router, settings.configuration.compression), settings, lifespan)


def _application(endpoint: GraphQLEndpoint, settings: RouterSettings, lifespan: Lifespan[Starlette]) -> Starlette:
    return service_app(
        service="router",
        routes=[Route("/graphql", endpoint, methods=["GET", "POST"])],
        lifespan=lifespan,
        readiness=_Readiness(endpoint),
        middleware=[Middleware(_StraightToGraphQL, endpoint=endpoint)],
        max_body_bytes=settings.max_body_bytes,
    )


class _StraightToGraphQL:
    """Takes what is meant for the endpoint past the table of routes, which it would only meet at its end."""

    def __init__(self, app: ASGIApp, *, endpoint: GraphQLEndpoint) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/graphql" and scope["method"] in {"GET", "POST"}:
            await self._endpoint(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _router_over_http(settings: RouterSettings, supergraph_sdl: str, present: Router | None) -> Router:
    """A router of a supergraph; it takes over what the present one has open if the subgraphs are where they were."""
    if present is None:
        urls = urls_of(load_supergraph(supergraph_sdl).supergraph)
        return create_router(settings, supergraph_sdl, http_transport(settings, urls))
    following = Router(supergraph_sdl, present.transport, settings, present.authenticator)
    urls = urls_of(following.supergraph)
    if urls != urls_of(present.supergraph):
        following = Router(supergraph_sdl, http_transport(settings, urls), settings, present.authenticator)
    return following


def urls_of(supergraph: Supergraph) -> Mapping[str, str]:
    """Where the subgraphs of a supergraph are."""
    return {name: subgraph.url for name, subgraph in supergraph.subgraphs.items()}


class _Readiness(Mapping[str, ReadinessCheck]):
    """A check for every subgraph of the router that serves now."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        self._endpoint = endpoint

    def __getitem__(self, subgraph: str) -> ReadinessCheck:
        return partial(self._endpoint.router.transport.check, subgraph)

    def __iter__(self) -> Iterator[str]:
        return iter(self._endpoint.router.supergraph.subgraphs)

    def __len__(self) -> int:
        return len(self._endpoint.router.supergraph.subgraphs)
