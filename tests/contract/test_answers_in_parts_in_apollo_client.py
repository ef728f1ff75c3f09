"""Apollo Client reads our answers in parts, in both formats, as they come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kernel.subgraph import GraphQLRequest, JsonObject
from router.app import create_app
from router.execution.transport.in_process import InProcessTransport
from router.settings import RouterSettings
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.federation import FederatedGraph, MemorySubgraph, World
from tests.factories.served import served

pytestmark = pytest.mark.node

_CLIENT = Path(__file__).parent / "vendor_client"
_HANDLERS = ["Defer20220824Handler", "GraphQL17Alpha9Handler"]
_PRODUCTS = [
    {"__typename": "Product", "id": "1", "name": "Chair", "stock": 3, "sure": 1, "maker": {"id": "7", "city": "Ulm"}},
    {"__typename": "Product", "id": "2", "name": "Table", "stock": 0, "sure": None, "maker": {"id": "8", "city": None}},
]
_SDLS = {
    "fast": "type Query { product: Product products: [Product!] } "
    'type Product @key(fields: "id") { id: ID! name: String }',
    "slow": 'type Product @key(fields: "id") { id: ID! stock: Int sure: Int! maker: Maker } '
    "type Maker { id: ID! city: String }",
}


@dataclass(frozen=True, slots=True)
class _State:
    """What the application sees: `streaming` until everything has come."""

    data: Any
    state: str
    errors: Sequence[str]


class _Held:
    """A subgraph that answers when it is told to."""

    def __init__(self, subgraph: MemorySubgraph) -> None:
        self._subgraph = subgraph
        self.may_answer = asyncio.Event()

    async def execute(self, request: GraphQLRequest, headers: Any) -> JsonObject:
        await self.may_answer.wait()
        return await self._subgraph.execute(request, headers)


def _graph() -> FederatedGraph:
    world = World(
        entities={"Product": _PRODUCTS},
        computed={"Query.product": lambda _: _PRODUCTS[0], "Query.products": lambda _: _PRODUCTS},
    )
    return FederatedGraph(world, _SDLS)


@asynccontextmanager
async def _reading(graph: FederatedGraph, query: str, handler: str) -> AsyncIterator[tuple[_State, _State]]:
    """What the client has before the slow subgraph answers, and after that."""
    held = _Held(graph.subgraphs["slow"])
    app = create_app(RouterSettings(), graph.supergraph_sdl, InProcessTransport({**graph.subgraphs, "slow": held}))
    peer = await install_node_peer(_CLIENT)
    async with served(app) as url, peer.conversation(str(_CLIENT / "read_parts.cjs"), _State) as ask:
        first = await ask({"url": f"{url}/graphql", "query": query, "handler": handler})
        held.may_answer.set()
        yield first, await ask({})


@pytest.mark.parametrize("handler", _HANDLERS)
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("{ product { name ... @defer { stock } } }", {"product": {"name": "Chair"}}),
        ('{ product { name ... @defer(label: "a") { name stock } } }', {"product": {"name": "Chair"}}),
        ("{ products { id ... @defer { stock } } }", {"products": [{"id": "1"}, {"id": "2"}]}),
        ("{ product { name ... @defer { maker { id city } } } }", {"product": {"name": "Chair"}}),
        (
            "{ product { name ...Stock @defer } } fragment Stock on Product { stock maker { city } }",
            {"product": {"name": "Chair"}},
        ),
    ],
    ids=["an object", "a label", "a list", "an object below", "a named fragment"],
)
async def test_the_client_has_the_first_part_before_the_rest_and_everything_in_the_end(handler, query, first):
    graph = _graph()

    async with _reading(graph, query, handler) as (before, after):
        whole = await graph.ask(query)

    assert (_without_typenames(before.data), before.state) == (first, "streaming")
    assert (_without_typenames(after.data), after.state) == (whole["data"], "complete")
    assert (before.errors, after.errors) == ([], [])


@pytest.mark.parametrize("handler", _HANDLERS)
async def test_a_part_that_fails_leaves_the_others_and_the_client_hears_of_it(handler):
    async with _reading(_graph(), "{ products { id ... @defer { sure } } }", handler) as (before, after):
        pass

    assert _without_typenames(before.data) == {"products": [{"id": "1"}, {"id": "2"}]}
    assert _without_typenames(after.data) == {"products": [{"id": "1", "sure": 1}, {"id": "2"}]}
    assert after.errors == ["Cannot return null for non-nullable field Product.sure."]


def _without_typenames(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_typenames(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_typenames(item) for key, item in value.items() if key != "__typename"}
    return value
