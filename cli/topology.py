"""The topology of a laptop: router, both BFFs and all subgraphs in one process, calling each other directly."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, cast

from starlette.applications import Starlette

from bff.pos.app import create_app as create_pos_bff
from bff.pos.settings import PosSettings
from bff.session.graphql_proxy import DirectUpstream
from bff.web.app import create_app as create_web_bff
from bff.web.settings import WebSettings
from cli.direct_graph import direct_graph
from cli.ports import CONTEXTS
from cli.router_process import router_settings
from cli.schema_files import published_urls
from cli.serving import Site, run_sites
from kernel.graphql import Subgraph, SubgraphSettings
from kernel.telemetry import configure_logging
from router.app import app_of, create_router, in_process_transport
from router.composition import SubgraphSource, compose
from router.gateway import Router
from router.settings import RouterSettings
from subgraphs.payments.app import PaymentsSubgraph, webhook_routes


class _ContextApp(Protocol):
    def build_subgraph(self, settings: SubgraphSettings) -> Subgraph: ...


def run_app(router_port: int, web_port: int, pos_port: int) -> None:
    """Serve the router and the BFFs on their ports."""
    settings = router_settings()
    configure_logging("app", level=settings.log_level)
    subgraphs = {name: _context_app(name).build_subgraph(SubgraphSettings.for_context(name)) for name in CONTEXTS}
    router = create_router(settings, _supergraph(subgraphs), in_process_transport(settings, subgraphs))
    run_sites(
        [
            Site(_router_site(router, settings, subgraphs), router_port),
            Site(_web_site(router), web_port),
            Site(_pos_site(router), pos_port),
        ]
    )


def _supergraph(subgraphs: Mapping[str, Subgraph]) -> str:
    urls = published_urls()
    return compose(
        [SubgraphSource(name, urls[name], subgraph.sdl) for name, subgraph in subgraphs.items()]
    ).supergraph_sdl


def _router_site(router: Router, settings: RouterSettings, subgraphs: Mapping[str, Subgraph]) -> Starlette:
    """The router's application; it also starts and stops the subgraphs and takes the provider's webhooks."""
    app = app_of(router, settings)
    app.router.routes.extend(webhook_routes(cast("PaymentsSubgraph", subgraphs["payments"])))
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Starlette) -> AsyncGenerator[None]:
        await asyncio.gather(*(subgraph.startup() for subgraph in subgraphs.values()))
        async with inner(served):
            yield
        await asyncio.gather(*(subgraph.shutdown() for subgraph in subgraphs.values()))

    app.router.lifespan_context = lifespan
    return app


def _web_site(router: Router) -> Starlette:
    settings = WebSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    return create_web_bff(settings, upstream=DirectUpstream(direct_graph(router)))


def _pos_site(router: Router) -> Starlette:
    settings = PosSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    return create_pos_bff(settings, upstream=DirectUpstream(direct_graph(router)))


def _context_app(name: str) -> _ContextApp:
    return cast("_ContextApp", importlib.import_module(f"subgraphs.{name}.app"))
