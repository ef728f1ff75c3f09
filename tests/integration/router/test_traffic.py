"""How the router reaches subgraphs over sockets: headers, deadlines, sharing, retries, breakers, replicas, packing."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import brotli
import orjson
import pytest
from prometheus_client import REGISTRY

from kernel.answer_headers import send_header
from kernel.identity import Principal
from kernel.subgraph import GraphQLRequest
from router.app import app_of, create_router, in_process_transport
from router.gateway import Router
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, World
from tests.factories.served import served
from tests.factories.wires import Respond, Wire, WiredGraph, http_answer, listening, says, wired

_SDLS = {
    "catalog": "type Query { products: [Product!]! } type Mutation { touch: Int } "
    'type Product @key(fields: "id") { id: ID! name: String }',
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int } type Query { places: Int }',
}
_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class _Anyone:
    """Knows nobody by a token."""

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        del headers


@cache
def _graph() -> FederatedGraph:
    products = [{"__typename": "Product", "id": str(n), "name": f"n{n}", "stock": n} for n in (1, 2)]
    computed = {"Query.products": lambda _: products, "Query.places": lambda _: 3, "Mutation.touch": lambda _: 1}
    return FederatedGraph(World(entities={"Product": products}, computed=computed), _SDLS)


def _file(folder: Path, **configuration: Any) -> str:
    path = folder / "router.json"
    path.write_text(json.dumps(configuration))
    return str(path)


def _sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def _then_graph(*first: Respond) -> Respond:
    """Answers as told at first, then as the graph does."""
    left = list(first)

    async def respond(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
        if left:
            await left.pop(0)(wire, body, writer)
        else:
            writer.write(http_answer(await wire.graph_answer(body)))

    return respond


async def _closed(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.fixture(name="running")
async def _running() -> AsyncIterator[WiredGraph]:
    async with wired(_graph()) as running:
        yield running


async def test_header_rules_allow_rename_set_and_remove(tmp_path):
    rules = {
        "allow": ["authorization", "X-Shop", "accept-language"],
        "rename": {"x-client": "x-origin"},
        "set": {"x-gateway": "retailflow"},
        "remove": ["accept-language"],
    }
    path = _file(tmp_path, subgraphs={"stock": {"request_headers": rules}})
    async with wired(_graph(), config_file=path) as running:
        sent = {"authorization": "t", "x_shop": "7", "x_client": "web", "accept_language": "de", "cookie": "c"}
        await running.ask("{ places products { name } }", x_gateway="forged", **sent)

    [(stock, _)] = running.wires["stock"].requests
    [(catalog, _)] = running.wires["catalog"].requests
    names = {"authorization", "x-shop", "x-origin", "x-gateway", "accept-language", "cookie", "x-client"}
    assert {name: stock[name] for name in names & stock.keys()} == {
        "authorization": "t",
        "x-shop": "7",
        "x-origin": "web",
        "x-gateway": "retailflow",
    }
    assert {name: catalog[name] for name in names & catalog.keys()} == {"authorization": "t", "accept-language": "de"}


async def test_the_trace_is_passed_on_with_a_span_of_its_own_for_every_fetch(running):
    await running.ask("{ products { stock } }", traceparent=_TRACE, tracestate="a=1,b=2", x_request_id="r1")

    seen = [headers for wire in running.wires.values() for headers, _ in wire.requests]
    spans = {headers["traceparent"].split("-")[2] for headers in seen}
    assert {headers["traceparent"][:36] for headers in seen} == {_TRACE[:36]}
    assert (len(spans), _TRACE.split("-")[2] in spans) == (2, False)
    assert [(headers["tracestate"], headers["x-request-id"]) for headers in seen] == [("a=1,b=2", "r1")] * 2


@pytest.mark.parametrize(
    "parent", ["", "00-" + "0" * 32 + "-b7ad6b7169203331-01", _TRACE.upper(), _TRACE + "-9", "xyz"]
)
async def test_the_state_of_a_trace_is_dropped_without_a_valid_parent(running, parent):
    await running.ask("{ places }", traceparent=parent, tracestate="a=1")

    [(headers, _)] = running.wires["stock"].requests
    assert not {"tracestate", "traceparent"} & headers.keys()


async def test_subgraphs_are_told_how_long_the_router_waits():
    async with wired(_graph(), operation_seconds=7) as running:
        await running.ask("{ places }")
        await running.ask("{ places }", x_retail_deadline_ms="900")
        await running.ask("{ places }", x_retail_deadline_ms="900000")
        await running.ask("{ places }", x_retail_deadline_ms="soon")

    left = [int(headers["x-retail-deadline-ms"]) for headers, _ in running.wires["stock"].requests]
    assert [0 < milliseconds <= most for milliseconds, most in zip(left, (7000, 900, 7000, 7000), strict=True)] == [
        True,
        True,
        True,
        True,
    ]
    assert left[2] > 900


async def test_a_callers_deadline_ends_a_fetch(running):
    async def silence(_wire: Wire, _body: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    running.wires["stock"].respond = silence

    answer = await running.ask("{ places }", x_retail_deadline_ms="50")

    assert answer["data"] == {"places": None}
    assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"


async def test_the_same_query_of_several_callers_at_once_is_one_request_and_each_answer_is_whole(running):
    both = asyncio.Barrier(2)

    async def together(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(10):
            await both.wait()
        writer.write(http_answer(await wire.graph_answer(body)))

    running.wires["catalog"].respond = together
    # the second fetch of each writes into what the first one brought: nobody may see that of another
    tasks = [asyncio.create_task(running.ask("{ products { id name stock } }", authorization="a")) for _ in range(5)]
    other = asyncio.create_task(running.ask("{ products { id name stock } }", authorization="b"))

    answers = [await task for task in (*tasks, other)]

    products = [{"id": "1", "name": "n1", "stock": 1}, {"id": "2", "name": "n2", "stock": 2}]
    assert answers == [{"data": {"products": products}}] * 6
    assert [headers["authorization"] for headers, _ in running.wires["catalog"].requests] == ["a", "b"]
    assert len({id(answer["data"]["products"][0]) for answer in answers}) == 6


async def test_sharing_can_be_switched_off(tmp_path):
    both = asyncio.Barrier(2)

    async def together(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(10):
            await both.wait()
        writer.write(http_answer(await wire.graph_answer(body)))

    path = _file(tmp_path, defaults={"shares_queries": False})
    async with wired(_graph(), config_file=path) as running:
        running.wires["stock"].respond = together
        answers = await asyncio.gather(running.ask("{ places }"), running.ask("{ places }"))

    assert answers == [{"data": {"places": 3}}] * 2
    assert len(running.wires["stock"].requests) == 2


@pytest.mark.parametrize(
    "first", [_closed, says(b"busy", status=503), says(b'{"errors":[{"message":"x"}]}', status=502)]
)
async def test_a_query_that_met_a_passing_failure_is_asked_again(running, first):
    running.wires["stock"].respond = _then_graph(first)
    before = _sample("router_retries_total", subgraph="stock", outcome="sent")

    answer = await running.ask("{ places }")

    assert answer == {"data": {"places": 3}}
    assert _sample("router_retries_total", subgraph="stock", outcome="sent") == before + 1


@pytest.mark.parametrize("content", [b"slow down", b'{"errors":[{"message":"slow down"}]}'])
async def test_a_subgraph_that_names_a_time_is_asked_again_then(running, content):
    running.wires["stock"].respond = _then_graph(says(content, status=429, retry_after="0"))

    answer = await running.ask("{ places }")

    assert answer == {"data": {"places": 3}}
    assert len(running.wires["stock"].requests) == 2


@pytest.mark.parametrize("headers", [{}, {"retry_after": "3600"}])
async def test_a_busy_subgraph_that_names_no_time_or_one_too_late_is_left_alone(running, headers):
    running.wires["stock"].respond = _then_graph(says(b"slow down", status=429, **headers))

    answer = await running.ask("{ places }")

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SUBGRAPH_UNAVAILABLE"]
    assert len(running.wires["stock"].requests) == 1


async def test_a_mutation_is_sent_once(running):
    running.wires["catalog"].respond = _then_graph(_closed)

    answer = await running.ask("mutation { touch }")

    assert answer["data"] == {"touch": None}
    assert len(running.wires["catalog"].requests) == 1


async def test_a_subgraph_that_keeps_failing_is_left_alone(tmp_path):
    rules = {"minimum_requests": 3, "open_seconds": 60}
    path = _file(tmp_path, defaults={"retries": {"count": 0}, "breaker": rules})
    async with wired(_graph(), config_file=path) as running:
        running.wires["stock"].respond = says(b"", status=500)
        answers = [await running.ask("{ places products { name } }") for _ in range(5)]

    assert len(running.wires["stock"].requests) == 3
    assert _sample("router_breaker_state", subgraph="stock") == 2
    assert {error["extensions"]["code"] for answer in answers for error in answer["errors"]} == {"SUBGRAPH_UNAVAILABLE"}
    assert [len(answer["data"]["products"]) for answer in answers] == [2] * 5


async def test_a_replica_that_is_down_is_replaced_by_the_others(tmp_path):
    subgraph = _graph().subgraphs["stock"]
    async with listening(Wire(subgraph)) as first, listening(Wire(subgraph)) as second:
        first.stop()
        traffic = {"urls": [first.url, second.url], "replicas": {"failures": 1, "ejection_seconds": 60}}
        path = _file(tmp_path, subgraphs={"stock": traffic})
        async with wired(_graph(), config_file=path) as running:
            answers = [await running.ask("{ places }") for _ in range(4)]

    assert answers == [{"data": {"places": 3}}] * 4
    assert len(second.requests) == 4
    assert _sample("router_replica_usable", subgraph="stock", url=first.url) == 0


async def test_a_replica_that_is_checked_and_answers_again_gets_requests(tmp_path):
    subgraph = _graph().subgraphs["stock"]
    async with listening(Wire(subgraph)) as first, listening(Wire(subgraph)) as second:
        checks: asyncio.Queue[None] = asyncio.Queue()

        async def recovering(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
            if b"__typename" in body:
                checks.put_nowait(None)
                writer.write(http_answer(b'{"data":{"__typename":"Query"}}'))
            elif checks.empty() and len(wire.requests) == 1:
                writer.write(http_answer(b"", status=500))
            else:
                writer.write(http_answer(await wire.graph_answer(body)))

        first.respond = recovering
        replicas = {"failures": 1, "ejection_seconds": 600, "check_seconds": 0.02}
        traffic = {"urls": [first.url, second.url], "replicas": replicas}
        path = _file(tmp_path, subgraphs={"stock": traffic})
        async with wired(_graph(), config_file=path) as running:
            await running.ask("{ places }")
            was_usable = _sample("router_replica_usable", subgraph="stock", url=first.url)
            # once the second check arrives the answer to the first one has been heard
            async with asyncio.timeout(10):
                await checks.get()
                await checks.get()
            before = len(first.requests)
            await asyncio.gather(*(running.ask("{ places }", authorization=str(n)) for n in range(2)))

    assert was_usable == 0
    asked = [body["query"] for _, body in first.requests[before:]]
    assert "query { places }" in asked


async def test_requests_reuse_their_connection(running):
    for _ in range(5):
        await running.ask("{ places }")

    assert running.wires["stock"].connections == 1


@pytest.mark.parametrize(
    ("pack", "coding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate"), (brotli.compress, "br")]
)
async def test_packed_answers_of_subgraphs_are_read(running, pack, coding):
    running.wires["stock"].respond = says(pack(b'{"data":{"places":3}}'), content_encoding=coding)

    assert await running.ask("{ places }") == {"data": {"places": 3}}
    assert running.wires["stock"].requests[0][0]["accept-encoding"] == "gzip, br, deflate"


async def test_headers_of_answers_reach_the_client_by_rule(tmp_path):
    rules = [
        {"name": "cache-control", "take": "strictest"},
        {"name": "set-cookie", "take": "append"},
        {"name": "x-first"},
        {"name": "x-last", "take": "last"},
    ]
    path = _file(tmp_path, response_headers=rules)
    async with wired(_graph(), config_file=path) as running:
        running.wires["catalog"].extra = {
            "cache_control": "public, max-age=60",
            "set_cookie": "a=1",
            "x_first": "catalog",
            "x_last": "catalog",
            "x_other": "hidden",
        }
        running.wires["stock"].extra = {
            "cache_control": "private, max-age=10",
            "set_cookie": "b=2",
            "x_first": "stock",
            "x_last": "stock",
        }
        response = await running.router.execute(GraphQLRequest("{ products { stock } }"), {})

    assert list(response.received) == [
        ("cache-control", "private, max-age=10"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-first", "catalog"),
        ("x-last", "stock"),
    ]


async def test_an_answer_with_a_failed_fetch_is_not_to_be_stored(tmp_path):
    path = _file(tmp_path, response_headers=[{"name": "cache-control", "take": "strictest"}])
    async with wired(_graph(), config_file=path) as running:
        running.wires["catalog"].extra = {"cache_control": "public, max-age=60"}
        running.wires["stock"].respond = says(b"", status=500)
        response = await running.router.execute(GraphQLRequest("{ products { stock } }"), {})

    assert list(response.received) == [("cache-control", "no-store")]


async def test_an_answer_with_a_value_of_the_wrong_type_is_not_to_be_stored(tmp_path):
    rules = [{"name": "cache-control", "take": "strictest"}]
    async with wired(_graph(), config_file=_file(tmp_path, response_headers=rules)) as running:
        running.wires["stock"].respond = says(b'{"data":{"places":"many"}}', cache_control="max-age=5")
        response = await running.router.execute(GraphQLRequest("{ places }"), {})

    assert [error["path"] for error in response.body["errors"]] == [["places"]]
    assert response.received == [("cache-control", "no-store")]


async def test_headers_of_answers_are_the_same_in_process(tmp_path):
    path = _file(tmp_path, response_headers=[{"name": "set-cookie", "take": "append"}])
    graph = FederatedGraph(World(computed={"Query.places": lambda _: 3}), {"stock": "type Query { places: Int }"})
    answers = graph.subgraphs["stock"]

    def answer(_request: GraphQLRequest) -> Any:
        send_header("set-cookie", "a=1")
        send_header("x-hidden", "1")
        return {"data": {"places": 3}}

    answers.answer = answer
    settings = RouterSettings(config_file=path)
    router = create_router(settings, graph.supergraph_sdl, in_process_transport(settings, graph.subgraphs))

    response = await router.execute(GraphQLRequest("{ places }"), {})

    assert (response.body, list(response.received)) == ({"data": {"places": 3}}, [("set-cookie", "a=1")])


async def test_a_subgraph_in_process_that_keeps_failing_is_left_alone(tmp_path):
    path = _file(tmp_path, defaults={"breaker": {"minimum_requests": 3, "open_seconds": 60}})
    graph = FederatedGraph(World(), {"stock": "type Query { places: Int }"})

    def crash(_request: GraphQLRequest) -> Any:
        raise ZeroDivisionError

    graph.subgraphs["stock"].answer = crash
    settings = RouterSettings(config_file=path)
    router = create_router(settings, graph.supergraph_sdl, in_process_transport(settings, graph.subgraphs))

    bodies: list[Any] = [(await router.execute(GraphQLRequest("{ places }"), {})).body for _ in range(5)]

    assert {body["errors"][0]["extensions"]["code"] for body in bodies} == {"SUBGRAPH_UNAVAILABLE"}
    assert len(graph.subgraphs["stock"].requests) == 3


@pytest.mark.parametrize(
    ("accepted", "minimum", "coding"),
    [
        ("gzip", 10, "gzip"),
        ("br", 10, "br"),
        ("gzip, deflate, br, zstd", 10, "br"),
        ("br, gzip;q=0.5", 10, "br"),
        ("br;q=0.5, gzip", 10, "gzip"),
        ("br;q=0, gzip", 10, "gzip"),
        ("gzip;q=1.0, br; q=0.5, *;q=0.1", 10, "gzip"),
        ("*", 10, "br"),
        ("br;q=0.000, *", 10, "gzip"),
        ("br;q=0, gzip;q=0.0, *", 10, None),
        ("zstd", 10, None),
        ("identity", 10, None),
        ("gzip", 10_000, None),
    ],
)
async def test_answers_are_packed_for_clients_that_take_it(tmp_path, accepted, minimum, coding):
    path = _file(tmp_path, compression={"minimum_bytes": minimum})
    async with (
        wired(_graph(), config_file=path) as running,
        served(app_of(running.router, RouterSettings(config_file=path))) as url,
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(
            f"{url}/graphql", json={"query": "{ products { name } }"}, headers={"accept-encoding": accepted}
        ) as response,
    ):
        content = await response.read()

    assert (response.headers.get("content-encoding"), response.headers["vary"]) == (coding, "accept-encoding")
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
    assert orjson.loads(unpack(content)) == {"data": {"products": [{"name": "n1"}, {"name": "n2"}]}}


async def test_headers_of_subgraphs_arrive_at_http_clients(tmp_path):
    rules = [{"name": "cache-control", "take": "strictest"}, {"name": "set-cookie", "take": "append"}]
    path = _file(tmp_path, response_headers=rules)
    async with wired(_graph(), config_file=path) as running:
        running.wires["stock"].extra = {"cache_control": "max-age=5", "set_cookie": "a=1; HttpOnly"}
        async with (
            served(app_of(running.router, RouterSettings(config_file=path))) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}/graphql", json={"query": "{ places }"}) as response,
        ):
            headers: Mapping[str, str] = response.headers

    assert (headers["cache-control"], headers["set-cookie"]) == ("max-age=5", "a=1; HttpOnly")


async def test_what_may_be_stored_is_for_the_tenant_that_asked_and_nobody_else(tmp_path):
    rules = [{"name": "cache-control", "take": "strictest"}]
    subgraphs = {"stock": {"request_headers": {"allow": ["x-shop"]}}}
    path = _file(tmp_path, response_headers=rules, subgraphs=subgraphs)
    async with wired(_graph(), config_file=path) as running:
        running.wires["stock"].extra = {"cache_control": "max-age=5, public"}
        async with (
            served(app_of(running.router, RouterSettings(config_file=path))) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}/graphql", json={"query": "{ places }"}) as response,
        ):
            headers: Mapping[str, str] = response.headers

    assert headers["cache-control"] == "public, max-age=5"
    assert headers["vary"] == "accept, accept-language, authorization, x-retail-tenant, x-shop"


async def test_what_may_be_stored_is_for_the_caller_that_fields_are_denied_to_though_no_subgraph_is_told_who_it_is(
    tmp_path,
):
    rules = [{"name": "cache-control", "take": "strictest"}]
    path = _file(tmp_path, response_headers=rules, defaults={"request_headers": {"allow": []}})
    settings = RouterSettings(config_file=path)
    async with wired(_graph(), config_file=path) as running:
        running.wires["stock"].extra = {"cache_control": "max-age=5, public"}
        router = Router(_graph().supergraph_sdl, running.router.transport, settings, _Anyone())
        async with (
            served(app_of(router, settings)) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}/graphql", json={"query": "{ places }"}) as response,
        ):
            headers: Mapping[str, str] = response.headers

    assert headers["vary"] == "accept, authorization, x-retail-tenant"
