"""Subscriptions from the bus through subgraphs and router to a client of server-sent events, all for real."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from cli.embedded.redis import RedisServer
from kernel.database import count_statements
from kernel.errors import Unauthenticated
from kernel.ids import encode_global_id, uuid7
from kernel.subgraph import GraphQLRequest
from tests.factories.databases import ProvisionedDatabase
from tests.factories.live import LiveTown, live_town
from tests.factories.served import free_socket, served, url_of
from tests.factories.tenant_things import Neighbours, settled
from tests.factories.whole_graph import PROVIDER

ORDER = """subscription($id: ID!) { orderStatusChanged(orderId: $id) {
  order { id status lines(first: 1) { nodes { variant { sku } } } } } }"""
STOCK = """subscription($id: ID!) { stockChanged(variantId: $id) {
  variant { sku availability { available } } } }"""
ADJUST = """mutation($input: InventoryAdjustInput!, $key: String!) {
  inventoryAdjust(input: $input, idempotencyKey: $key) { levels { id } userErrors { field code } } }"""
STOCK_UPDATED = "retail.inventory.stock.updated.v1"
Things = Mapping[str, str]


@pytest.fixture(scope="module")
def bus_url(redis_server: RedisServer) -> str:
    return redis_server.url_of(5)


@pytest.fixture(scope="module")
async def town(provisioned_database: ProvisionedDatabase, bus_url: str) -> AsyncIterator[Neighbours]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        built = Neighbours(provisioned_database, bus=bus_url)
    yield built
    for context in built.contexts.values():
        await context.shutdown()


@pytest.fixture(scope="module")
async def here(town: Neighbours, bus_url: str) -> AsyncIterator[LiveTown]:
    async with live_town(town, bus_url, max_subscriptions_per_caller=3) as built:
        yield built


@pytest.fixture(scope="module")
async def ours(town: Neighbours) -> tuple[UUID, Things]:
    tenant = uuid7()
    return tenant, await settled(town, tenant, "ours")


@pytest.fixture(scope="module")
async def theirs(town: Neighbours) -> tuple[UUID, Things]:
    tenant = uuid7()
    return tenant, await settled(town, tenant, "theirs")


def open_subscriptions() -> tuple[float | None, float | None]:
    return REGISTRY.get_sample_value("router_subscriptions"), REGISTRY.get_sample_value("live_event_watchers")


async def until_closed() -> None:
    async with asyncio.timeout(5):
        while open_subscriptions() != (0, 0):  # noqa: ASYNC110 - the figures are another task's
            await asyncio.sleep(0.01)


async def adjusted(town: LiveTown, tenant: UUID, things: Things, delta: int, *, key: str) -> None:
    line = {"variantId": things["ProductVariant"], "locationId": things["StockLocation"], "delta": delta}
    given = {"reason": "CORRECTION", "lines": [line]}
    await town.town.done("inventory", tenant, ADJUST, input=given, key=key)


def available(result: Any) -> int:
    assert "errors" not in result, result
    return result["data"]["stockChanged"]["variant"]["availability"]["available"]


async def test_an_order_is_told_now_and_when_something_becomes_of_it(here: LiveTown, ours: tuple[UUID, Things]):
    tenant, things = ours

    async with here.stream(tenant, ORDER, {"id": things["Order"]}) as results:
        first = await anext(results)
        await here.publish(tenant, "orders", "retail.order.confirmed.v1")
        second = await anext(results)

    told = {"id": things["Order"], "status": "CONFIRMED", "lines": {"nodes": [{"variant": {"sku": things["sku"]}}]}}
    assert first == second == {"data": {"orderStatusChanged": {"order": told}}}
    await until_closed()


async def test_stock_is_told_as_it_is_after_each_change(here: LiveTown, ours: tuple[UUID, Things]):
    tenant, things = ours

    async with here.stream(tenant, STOCK, {"id": things["ProductVariant"]}) as results:
        before = available(await anext(results))
        await adjusted(here, tenant, things, 7, key="seven-more")
        await here.publish(tenant, "inventory", STOCK_UPDATED)
        after = available(await anext(results))

    assert after == before + 7


async def test_t3_changes_of_another_tenant_are_not_told(
    here: LiveTown, ours: tuple[UUID, Things], theirs: tuple[UUID, Things]
):
    tenant, things = ours
    them, foreign = theirs

    async with (
        here.stream(tenant, STOCK.replace("sku", ""), {"id": foreign["ProductVariant"]}) as of_another_tenant,
        here.stream(tenant, STOCK, {"id": things["ProductVariant"]}) as own,
    ):
        unknown = await anext(of_another_tenant)
        await anext(own)
        await here.publish(them, "inventory", STOCK_UPDATED)
        await here.publish(tenant, "inventory", STOCK_UPDATED)
        await anext(own)
        # what was published before has been spread by now
        waiting = asyncio.ensure_future(anext(of_another_tenant))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    # we have none of it, as of any variant that nobody knows
    assert available(unknown) == 0
    assert done == set()
    await until_closed()


async def test_t3_an_order_of_another_tenant_is_no_order(
    here: LiveTown, ours: tuple[UUID, Things], theirs: tuple[UUID, Things]
):
    tenant, _ = ours
    answers = []
    for order_id in (theirs[1]["Order"], encode_global_id("Order", uuid7())):
        async with here.stream(tenant, ORDER, {"id": order_id}) as results:
            answers.append([result async for result in results])
    for answer in answers:
        del answer[0]["errors"][0]["extensions"]["requestId"]

    (result,) = answers[0]
    assert answers[0] == answers[1]
    assert (result["data"], [error["extensions"]["code"] for error in result["errors"]]) == (None, ["NOT_FOUND"])


async def test_an_event_costs_one_transaction_per_subgraph_and_holds_no_connection(
    here: LiveTown, ours: tuple[UUID, Things]
):
    tenant, things = ours
    headers = here.town.tokens.headers(tenant, "tenant_owner")
    request = GraphQLRequest(ORDER.replace("variant { sku }", "variant { id }"), {"id": things["Order"]})

    with count_statements() as count:
        results = here.town.contexts["orders"].subscribe(request, headers)
        await anext(results)
        at_first = count.total
        coming = asyncio.ensure_future(anext(results))
        await here.publish(tenant, "orders", "retail.order.confirmed.v1")
        await coming
    with count_statements() as later:
        pass
    await results.aclose()

    # the fence and the look whether it is there, then the fence, the order and its lines
    assert at_first == 4
    assert later.total == 0


async def test_who_is_not_signed_in_or_has_no_scope_is_told_so_once(here: LiveTown, ours: tuple[UUID, Things]):
    tenant, things = ours

    async with here.stream(tenant, STOCK, {"id": things["ProductVariant"]}, "customer") as results:
        refused = [result async for result in results]
    stranger = await here.asked(None, STOCK, {"id": things["ProductVariant"]})
    told = await stranger.text()

    assert [error["extensions"]["code"] for result in refused for error in result["errors"]] == ["FORBIDDEN"]
    assert "UNAUTHENTICATED" in told
    await until_closed()


async def test_a_stream_ends_when_the_token_does(
    here: LiveTown, ours: tuple[UUID, Things], monkeypatch: pytest.MonkeyPatch
):
    tenant, things = ours
    verifier = here.town.contexts["orders"]._verifier
    monkeypatch.setattr("kernel.verified._VERIFIED_EVERY_SECONDS", 0.05)

    async with here.stream(tenant, ORDER, {"id": things["Order"]}) as results:
        await anext(results)

        async def ended(_headers: Mapping[str, str]) -> None:
            raise Unauthenticated("the access token is not valid")

        monkeypatch.setattr(verifier, "principal_of", ended)
        rest = [result async for result in results]

    assert [[error["extensions"]["code"] for error in result["errors"]] for result in rest] == [["UNAUTHENTICATED"]]
    await until_closed()


async def test_a_stream_ends_when_another_graph_takes_over(
    here: LiveTown, ours: tuple[UUID, Things], monkeypatch: pytest.MonkeyPatch
):
    tenant, things = ours
    monkeypatch.setattr("kernel.verified._VERIFIED_EVERY_SECONDS", 0.05)

    async with here.stream(tenant, ORDER, {"id": things["Order"]}) as results:
        await anext(results)
        monkeypatch.setattr(here.router, "_is_retired", True)
        rest = [result async for result in results]

    assert [[error["extensions"]["code"] for error in result["errors"]] for result in rest] == [["SUPERGRAPH_CHANGED"]]
    await until_closed()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (ORDER.replace("(orderId: $id)", "(orderId: $id) @skip(if: false)"), (400, "BAD_USER_INPUT")),
        (ORDER.replace("subscription($id", "subscription($nothing: Int, $id"), (400, "BAD_USER_INPUT")),
        ("{ me { id } }", (406, "NOT_ACCEPTABLE")),
    ],
    ids=["condition at the root", "invalid", "a query"],
)
async def test_what_is_no_subscription_is_refused_before_the_stream(
    here: LiveTown, ours: tuple[UUID, Things], document: str, told: tuple[int, str]
):
    tenant, things = ours

    refused = await here.asked(tenant, document, {"id": things["Order"]})

    answer = await refused.json(content_type=None)
    assert (refused.status, answer["errors"][0]["extensions"]["code"]) == told


async def test_a_subscription_is_answered_as_events_only(here: LiveTown, ours: tuple[UUID, Things]):
    tenant, things = ours
    headers = here.town.tokens.headers(tenant, "tenant_owner")
    body = {"query": ORDER, "variables": {"id": things["Order"]}}

    async with here.http.post(here.url, json=body, headers=headers) as refused:
        told = await refused.json(content_type=None)

    assert (refused.status, told["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_caller_has_a_few_streams_at_once_and_those_that_are_left_are_free(
    here: LiveTown, ours: tuple[UUID, Things]
):
    tenant, things = ours
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await anext(await stack.enter_async_context(here.stream(tenant, ORDER, {"id": things["Order"]})))
        refused = await here.asked(tenant, ORDER, {"id": things["Order"]})
        told = await refused.json(content_type=None)

    assert (refused.status, told["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    await until_closed()
    async with here.stream(tenant, ORDER, {"id": things["Order"]}) as results:
        assert "errors" not in await anext(results)


async def test_over_http_it_is_the_same_and_a_subgraph_that_dies_is_told(
    provisioned_database: ProvisionedDatabase, bus_url: str, ours: tuple[UUID, Things], town: Neighbours
):
    tenant, things = ours
    sockets = {name: free_socket() for name in town.contexts}
    urls = {name: f"{url_of(bound)}/graphql" for name, bound in sockets.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        apart = Neighbours(provisioned_database, bus=bus_url)
    # both sign with the same key
    for name, context in apart.contexts.items():
        context._verifier = town.contexts[name]._verifier
    there = SimpleNamespace(contexts=apart.contexts, tokens=town.tokens)
    async with AsyncExitStack() as stack:
        for name, context in apart.contexts.items():
            if name != "orders":
                await stack.enter_async_context(served(context.asgi_app(), sockets[name]))
        orders = AsyncExitStack()
        await orders.enter_async_context(served(apart.contexts["orders"].asgi_app(), sockets["orders"]))
        live = await stack.enter_async_context(live_town(there, bus_url, urls))  # pyright: ignore[reportArgumentType]
        async with live.stream(tenant, ORDER, {"id": things["Order"]}) as results:
            first = await anext(results)
            await live.publish(tenant, "orders", "retail.order.confirmed.v1")
            second = await anext(results)
            await orders.aclose()
            rest = [result async for result in results]

    assert first == second
    assert first["data"]["orderStatusChanged"]["order"]["lines"] == {"nodes": [{"variant": {"sku": things["sku"]}}]}
    assert [[error["extensions"]["code"] for error in one["errors"]] for one in rest] == [["SUBGRAPH_UNAVAILABLE"]]
