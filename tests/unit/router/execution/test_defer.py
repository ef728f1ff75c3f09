"""Answers in parts: what comes when, in both formats, and what a failure or a client that leaves does."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from kernel.subgraph import GraphQLRequest, JsonObject
from router.execution.incremental.formats import IncrementalFormat
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router, RouterResponse
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, MemorySubgraph, World

_SDLS = {
    "shop": """
        type Query { product: Product products: [Product!] box: Size shared: Shared @shareable }
        type Shared { here: Int @shareable }
        type Mutation { change: Product }
        type Product @key(fields: "id") { id: ID! name: String size: Size }
        type Size { width: Int height: Int! }
    """,
    "reviews": """
        type Product @key(fields: "id") { id: ID! rating: Int best: Review stars: Int! }
        type Review { body: String author: User }
        type User @key(fields: "login") { login: ID! }
    """,
    "stock": """
        type Query { places: Int shared: Shared @shareable }
        type Shared { here: Int @shareable there: Int }
        type Product @key(fields: "id") { id: ID! stock: Int }
    """,
    "people": 'type User @key(fields: "login") { login: ID! email: String }',
}
_CURRENT = IncrementalFormat.CURRENT
_OLDER = IncrementalFormat.OLDER


class _Gate:
    """A subgraph whose answers wait until it is opened."""

    def __init__(self, subgraph: MemorySubgraph) -> None:
        self._subgraph = subgraph
        self._opened = asyncio.Event()
        self.asked = asyncio.Event()
        self.is_cancelled = False
        self.is_down = False

    def open(self) -> None:
        self._opened.set()

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        self.asked.set()
        try:
            await self._opened.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        if self.is_down:
            raise ConnectionError
        return await self._subgraph.execute(request, headers)

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass


class _Shop:
    """The router over subgraphs that are all open but those named."""

    def __init__(self, *closed: str, **product: Any) -> None:
        user = {"__typename": "User", "login": "ada", "email": "ada@example.com"}
        first = {
            "__typename": "Product",
            "id": "1",
            "name": "Chair",
            "size": {"width": 1, "height": 2},
            "rating": 4,
            "stars": 40,
            "best": {"body": "good", "author": user},
            "stock": 7,
            **product,
        }
        second = {**first, "id": "2", "name": "Table", "rating": 5, **product}
        world = World(
            entities={"Product": [first, second], "User": [user]},
            computed={
                "Query.product": lambda _: first,
                "Query.products": lambda _: [first, second],
                "Query.box": lambda _: first["size"],
                "Query.shared": lambda _: {"here": 1, "there": 2},
                "Query.places": lambda _: 3,
                "Mutation.change": lambda _: first,
            },
        )
        self.graph = FederatedGraph(world, _SDLS)
        self.gates = {name: _Gate(subgraph) for name, subgraph in self.graph.subgraphs.items()}
        for name, gate in self.gates.items():
            if name not in closed:
                gate.open()
        self._router = Router(self.graph.supergraph_sdl, InProcessTransport(self.gates), RouterSettings())

    async def ask(
        self,
        query: str,
        incremental: IncrementalFormat | None = _CURRENT,
        variables: Mapping[str, Any] | None = None,
    ) -> RouterResponse:
        return await self._router.execute(GraphQLRequest(query, variables), {}, incremental=incremental)

    async def payloads(self, query: str, incremental: IncrementalFormat = _CURRENT) -> list[JsonObject]:
        answer = await self.ask(query, incremental)
        return [answer.body, *[payload async for payload in answer.later or _nothing()]]


async def _nothing():
    for payload in ():
        yield payload


async def test_the_first_payload_does_not_wait_for_what_is_deferred():
    shop = _Shop("reviews")

    answer = await shop.ask('{ product { name ...@defer(label: "slow") { rating } } }')

    assert answer.body == {
        "data": {"product": {"name": "Chair"}},
        "pending": [{"id": "0", "path": ["product"], "label": "slow"}],
        "hasNext": True,
    }
    assert answer.later is not None
    shop.gates["reviews"].open()
    assert [payload async for payload in answer.later] == [
        {
            "incremental": [{"id": "0", "data": {"rating": 4}}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        }
    ]


async def test_the_older_format_names_paths_and_labels_instead_of_ids():
    payloads = await _Shop().payloads('{ product { name ...@defer(label: "slow") { rating } } }', _OLDER)

    assert payloads == [
        {"data": {"product": {"name": "Chair"}}, "hasNext": True},
        {"incremental": [{"data": {"rating": 4}, "path": ["product"], "label": "slow"}], "hasNext": False},
    ]


@pytest.mark.parametrize("incremental", [None, _CURRENT, _OLDER])
async def test_nothing_is_deferred_where_the_condition_or_the_client_forbids_it(incremental: IncrementalFormat | None):
    query = "query ($d: Boolean!) { product { name ...@defer(if: $d) { rating } } }"

    answer = await _Shop().ask(query, incremental, {"d": incremental is None})

    assert answer.later is None
    assert answer.body == {"data": {"product": {"name": "Chair", "rating": 4}}}


async def test_fragments_come_in_the_order_in_which_they_are_ready():
    shop = _Shop("reviews", "stock")
    query = '{ product { name ...@defer(label: "r") { rating } ...@defer(label: "s") { stock } } }'

    answer = await shop.ask(query, _OLDER)

    assert answer.later is not None
    await shop.gates["reviews"].asked.wait()
    await shop.gates["stock"].asked.wait()
    shop.gates["stock"].open()
    assert await anext(answer.later) == {
        "incremental": [{"data": {"stock": 7}, "path": ["product"], "label": "s"}],
        "hasNext": True,
    }
    shop.gates["reviews"].open()
    assert await anext(answer.later) == {
        "incremental": [{"data": {"rating": 4}, "path": ["product"], "label": "r"}],
        "hasNext": False,
    }


async def test_a_deferred_fetch_starts_as_soon_as_its_keys_are_there():
    shop = _Shop("reviews")
    query = "{ product { rating ...@defer { stock } } }"

    asking = asyncio.create_task(shop.ask(query))
    await shop.gates["reviews"].asked.wait()
    await shop.gates["stock"].asked.wait()

    assert not asking.done()
    shop.gates["reviews"].open()
    answer = await asking
    assert answer.body["data"] == {"product": {"rating": 4}}
    assert answer.later is not None
    payload = await anext(answer.later)
    assert payload["incremental"] == [{"id": "0", "data": {"stock": 7}}]


async def test_nested_fragments_are_announced_with_what_is_around_them():
    query = '{ product { name ...@defer(label: "o") { best { body author { ...@defer(label: "i") { email } } } } } }'
    shop = _Shop("people")

    answer = await shop.ask(query)

    assert answer.later is not None
    assert await anext(answer.later) == {
        "pending": [{"id": "1", "path": ["product", "best", "author"], "label": "i"}],
        "incremental": [{"id": "0", "data": {"best": {"body": "good", "author": {}}}}],
        "completed": [{"id": "0"}],
        "hasNext": True,
    }
    shop.gates["people"].open()
    assert await anext(answer.later) == {
        "incremental": [{"id": "1", "data": {"email": "ada@example.com"}}],
        "completed": [{"id": "1"}],
        "hasNext": False,
    }


async def test_every_item_of_a_list_has_its_own_fragment_and_all_share_one_fetch():
    shop = _Shop()

    first, second = await shop.payloads("{ products { name ...@defer { rating } } }")

    assert first["pending"] == [{"id": "0", "path": ["products", 0]}, {"id": "1", "path": ["products", 1]}]
    assert second == {
        "incremental": [{"id": "0", "data": {"rating": 4}}, {"id": "1", "data": {"rating": 5}}],
        "completed": [{"id": "0"}, {"id": "1"}],
        "hasNext": False,
    }
    assert sorted(shop.graph.fetches) == ["reviews", "shop"]


async def test_what_needs_no_fetch_of_its_own_is_a_payload_of_its_own_all_the_same():
    shop = _Shop()

    first, second = await shop.payloads("{ box { width ...@defer { height } } }")

    assert first["data"] == {"box": {"width": 1}}
    assert second["incremental"] == [{"id": "0", "data": {"height": 2}}]
    assert shop.graph.fetches == ["shop"]


async def test_what_is_asked_for_at_once_too_is_not_delivered_twice():
    query = "{ product { name size { width } ...@defer { id name size { width height } rating } } }"

    first, second = await _Shop().payloads(query)

    assert first["data"] == {"product": {"name": "Chair", "size": {"width": 1}}}
    assert second["incremental"] == [
        {"id": "0", "subPath": ["size"], "data": {"height": 2}},
        {"id": "0", "data": {"id": "1", "rating": 4}},
    ]


async def test_what_cannot_be_reached_from_the_first_part_is_not_deferred():
    shop = _Shop()

    answer = await shop.ask("{ shared { here ...@defer { there } } }")

    assert answer.later is None
    assert answer.body == {"data": {"shared": {"here": 1, "there": 2}}}


@pytest.mark.parametrize("incremental", [_CURRENT, _OLDER])
async def test_a_fragment_of_nothing_new_is_not_told_of(incremental: IncrementalFormat):
    answer = await _Shop().ask("{ product { name rating ...@defer { name rating } } }", incremental)

    assert answer.later is None
    assert answer.body == {"data": {"product": {"name": "Chair", "rating": 4}}}


async def test_fields_that_two_fragments_share_come_with_the_first_of_them():
    shop = _Shop("stock")
    query = '{ product { ...@defer(label: "a") { rating stock } ...@defer(label: "b") { rating } } }'

    answer = await shop.ask(query)

    assert answer.later is not None
    assert await anext(answer.later) == {
        "incremental": [{"id": "1", "data": {"rating": 4}}],
        "completed": [{"id": "1"}],
        "hasNext": True,
    }
    shop.gates["stock"].open()
    assert await anext(answer.later) == {
        "incremental": [{"id": "0", "data": {"stock": 7}}],
        "completed": [{"id": "0"}],
        "hasNext": False,
    }


async def test_everything_may_be_deferred():
    first, second = await _Shop().payloads("{ ...@defer { places __schema { queryType { name } } } }")

    assert first == {"data": {}, "pending": [{"id": "0", "path": []}], "hasNext": True}
    assert second["incremental"] == [{"id": "0", "data": {"places": 3, "__schema": {"queryType": {"name": "Query"}}}}]


async def test_fields_below_a_mutation_are_deferred():
    first, second = await _Shop().payloads("mutation { change { name ...@defer { rating } } }")

    assert first["data"] == {"change": {"name": "Chair"}}
    assert second["incremental"] == [{"id": "0", "data": {"rating": 4}}]


async def test_a_null_ends_at_the_fragment_and_leaves_what_was_delivered():
    query = '{ product { name ...@defer(label: "bad") { stars rating } ...@defer(label: "good") { stock } } }'
    shop = _Shop("stock", stars=None)
    error = {
        "message": "Cannot return null for non-nullable field Product.stars.",
        "path": ["product", "stars"],
        "extensions": {"code": "INTERNAL", "subgraph": "reviews"},
    }

    answer = await shop.ask(query)

    assert answer.body["data"] == {"product": {"name": "Chair"}}
    assert answer.later is not None
    assert await anext(answer.later) == {"completed": [{"id": "0", "errors": [error]}], "hasNext": True}
    shop.gates["stock"].open()
    assert await anext(answer.later) == {
        "incremental": [{"id": "1", "data": {"stock": 7}}],
        "completed": [{"id": "1"}],
        "hasNext": False,
    }


async def test_the_older_format_tells_of_a_failed_fragment_by_a_null():
    first, second = await _Shop(stars=None).payloads('{ product { name ...@defer(label: "x") { stars } } }', _OLDER)

    assert first["data"] == {"product": {"name": "Chair"}}
    assert second["hasNext"] is False
    [entry] = second["incremental"]
    assert (entry["data"], entry["path"], entry["label"]) == (None, ["product"], "x")
    assert [error["path"] for error in entry["errors"]] == [["product", "stars"]]


async def test_a_null_below_what_was_delivered_does_not_take_it_away():
    query = "{ product { size { width } ...@defer { size { height } } } }"

    first, second = await _Shop(size={"width": 1, "height": None}).payloads(query)

    assert "errors" not in first
    assert first["data"] == {"product": {"size": {"width": 1}}}
    [completion] = second["completed"]
    assert [error["path"] for error in completion["errors"]] == [["product", "size", "height"]]
    assert "incremental" not in second


async def test_fragments_inside_a_failed_one_are_never_told_of():
    query = "{ product { name ...@defer { stars best { author { ...@defer { email } } } } } }"

    payloads = await _Shop(stars=None).payloads(query)

    assert [payload.get("pending") for payload in payloads] == [[{"id": "0", "path": ["product"]}], None]
    assert payloads[1]["hasNext"] is False


async def test_a_subgraph_that_is_down_is_an_error_of_the_part_that_needs_it():
    shop = _Shop()
    shop.gates["reviews"].is_down = True

    first, second = await shop.payloads("{ product { name ...@defer { rating } } }")

    assert "errors" not in first
    [piece] = second["incremental"]
    assert piece["data"] == {"rating": None}
    assert [(error["path"], error["extensions"]["code"]) for error in piece["errors"]] == [
        (["product", "rating"], "SUBGRAPH_UNAVAILABLE")
    ]


async def test_below_a_null_nothing_is_deferred():
    shop = _Shop()
    shop.graph.world.computed = {**shop.graph.world.computed, "Query.product": lambda _: None}

    answer = await shop.ask("{ product { name ...@defer { rating } } }")

    assert answer.later is None
    assert answer.body == {"data": {"product": None}}


async def test_closing_the_payloads_cancels_the_outstanding_fetches():
    shop = _Shop("reviews")
    answer = await shop.ask("{ product { name ...@defer { rating } } }")
    await shop.gates["reviews"].asked.wait()
    assert answer.later is not None

    await answer.later.aclose()

    assert shop.gates["reviews"].is_cancelled
    assert [payload async for payload in answer.later] == []


async def test_a_request_that_is_cancelled_before_its_first_payload_cancels_deferred_fetches_too():
    shop = _Shop("reviews", "stock")
    asking = asyncio.create_task(shop.ask("{ product { rating ...@defer { stock } } }"))
    await shop.gates["reviews"].asked.wait()
    await shop.gates["stock"].asked.wait()

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert shop.gates["stock"].is_cancelled
    assert shop.gates["reviews"].is_cancelled
