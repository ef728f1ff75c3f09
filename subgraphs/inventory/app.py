"""Composition root of inventory."""

from starlette.applications import Starlette

from kernel.graphql import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from subgraphs.inventory.graphql.schema import build_schema
from subgraphs.inventory.handlers import HANDLERS

__all__ = ["HANDLERS", "build_subgraph", "create_app"]


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database and issuer."""
    return assemble_subgraph("inventory", build_schema(), settings)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.inventory.app:create_app`."""
    return serve_subgraph(build_subgraph, "inventory")
