"""Composition root of catalog."""

from functools import partial

from starlette.applications import Starlette

from kernel.graphql import Subgraph, SubgraphSettings, serve_subgraph
from kernel.settings import CommonSettings
from subgraphs.catalog.adapters.elasticsearch_search import ElasticsearchSearch
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from subgraphs.catalog.graphql.loaders import CatalogContext
from subgraphs.catalog.graphql.schema import build_schema
from subgraphs.catalog.handlers import HANDLERS, search_handlers
from subgraphs.catalog.ports import SearchIndex

__all__ = [
    "HANDLERS",
    "SearchIndex",
    "SearchSettings",
    "build_search",
    "build_subgraph",
    "create_app",
    "search_handlers",
]


class SearchSettings(CommonSettings):
    """Which search engine: RETAILFLOW_SEARCH_URL is that of an Elasticsearch server; without it, PostgreSQL."""

    search_url: str | None = None


def build_search(settings: SearchSettings) -> SearchIndex:
    """The search engine of `settings`."""
    return ElasticsearchSearch(settings.search_url) if settings.search_url else PostgresSearch()


class CatalogSubgraph(Subgraph):
    """A subgraph that also closes its search engine."""

    def __init__(self, settings: SubgraphSettings, search: SearchIndex) -> None:
        super().__init__(
            "catalog",
            build_schema(),
            database=settings.database("catalog"),
            verifier=settings.verifier(),
            context=partial(CatalogContext, search=search),
            compiled_execution=settings.compiled_execution,
        )
        self._search = search

    async def shutdown(self) -> None:
        """Close the pool and the search engine."""
        await self._search.close()
        await super().shutdown()


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database, issuer and search engine."""
    return CatalogSubgraph(settings, build_search(SearchSettings()))


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.catalog.app:create_app`."""
    return serve_subgraph(build_subgraph, "catalog")
