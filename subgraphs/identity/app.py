"""Composition root of identity."""

from starlette.applications import Starlette

from kernel.graphql import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from subgraphs.identity.graphql.schema import build_schema
from subgraphs.identity.handlers import HANDLERS

__all__ = ["HANDLERS", "build_subgraph", "create_app"]


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database and issuer."""
    return assemble_subgraph("identity", build_schema(), settings)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.identity.app:create_app`."""
    return serve_subgraph(build_subgraph, "identity")
