"""Composition root of orders: the service, the handlers, and the saga store for the worker that drives checkouts."""

from starlette.applications import Starlette

from kernel.graphql import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from subgraphs.orders.graphql.schema import build_schema
from subgraphs.orders.handlers import HANDLERS
from subgraphs.orders.model import CancelReason, SagaPayload, SagaState, SagaStep, StockLine
from subgraphs.orders.repository.sagas import ClaimedSaga, SagaRecord, SagaStore

__all__ = [
    "HANDLERS",
    "CancelReason",
    "ClaimedSaga",
    "SagaPayload",
    "SagaRecord",
    "SagaState",
    "SagaStep",
    "SagaStore",
    "StockLine",
    "build_subgraph",
    "create_app",
]


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database and issuer."""
    return assemble_subgraph("orders", build_schema(), settings)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.orders.app:create_app`."""
    return serve_subgraph(build_subgraph, "orders")
