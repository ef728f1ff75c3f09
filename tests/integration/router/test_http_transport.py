"""Calls to a subgraph over a real socket, without the router's other layers."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import orjson
import pytest

from kernel.caller_proof import CallerCheck, CallerProver
from kernel.subgraph import GraphQLRequest
from router.execution.transport import Failure, SubgraphCall, SubgraphUnavailable
from router.execution.transport.http import HttpTransport
from router.execution.transport.layers import resilient
from router.execution.transport.origin import KEEP_ALIVE_SECONDS
from router.execution.transport.tracing import UNTRACED, Trace
from tests.factories.federation import FederatedGraph, World
from tests.factories.wires import Wire, http_answer, listening, says

_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(name="wire")
async def _wire() -> AsyncIterator[Wire]:
    graph = FederatedGraph(World(computed={"Query.places": lambda _: 3}), {"stock": "type Query { places: Int }"})
    async with listening(Wire(graph.subgraphs["stock"])) as wire:
        yield wire


def _call(headers: Mapping[str, str] | None = None, trace: Trace = UNTRACED) -> SubgraphCall:
    deadline = asyncio.get_running_loop().time() + 30
    return SubgraphCall("stock", GraphQLRequest("{ places }"), headers or {}, deadline, is_query=True, trace=trace)


async def test_a_header_that_cannot_be_sent_is_not_the_subgraphs_failure(wire: Wire):
    transport = HttpTransport({"stock": wire.url}, {})

    with pytest.raises(SubgraphUnavailable) as refused:
        await transport.fetch(_call({"x-shelf": "a\nb"}))

    await transport.close()
    [replica] = transport._subgraphs["stock"].replicas.all
    assert (refused.value.failure, replica.failures, wire.requests) == (Failure.UNKNOWN, 0, [])


async def test_a_client_cannot_put_its_headers_before_those_of_the_trace(wire: Wire):
    transport = HttpTransport({"stock": wire.url}, {})

    await transport.fetch(_call({"x-request-id": "mine", "traceparent": "mine"}, Trace("r1", _TRACE)))

    await transport.close()
    [(headers, _)] = wire.requests
    assert headers["x-request-id"] == "r1"
    assert headers["traceparent"].startswith(_TRACE[:36])


@pytest.mark.parametrize("is_broken", [False, True])
async def test_what_has_ended_is_not_under_way(wire: Wire, is_broken: bool):
    async def reset(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    wire.respond = reset if is_broken else None
    transport = HttpTransport({"stock": wire.url}, {})

    [outcome] = await asyncio.gather(transport.fetch(_call()), return_exceptions=True)

    await transport.close()
    [replica] = transport._subgraphs["stock"].replicas.all
    assert (isinstance(outcome, SubgraphUnavailable), replica.in_flight) == (is_broken, 0)


async def test_a_transport_that_is_closed_keeps_no_connection(wire: Wire):
    transport = HttpTransport({"stock": wire.url}, {})
    await transport.fetch(_call())

    await transport.close()

    # sooner than an idle connection ends by itself
    async with asyncio.timeout(KEEP_ALIVE_SECONDS / 2):
        await asyncio.gather(*wire._serving)
    assert wire.connections == 1


async def test_every_request_proves_where_it_comes_from(wire: Wire):
    key, headers = "k" * 43, {"authorization": "Bearer t", "x-retail-tenant": "lumen"}
    transport = HttpTransport({"stock": wire.url}, {}, provers={"stock": CallerProver("stock", key)})

    await transport.fetch(_call(headers))
    await transport.check("stock")

    await transport.close()
    callers = CallerCheck("stock", [key])
    assert len(wire.requests) == 2
    for sent, body in wire.requests:
        callers.require(sent, orjson.dumps(body))


async def test_a_shared_query_is_proven_once_and_a_repeated_one_anew(wire: Wire):
    key, urls = "k" * 43, {"stock": wire.url}
    transport = resilient(HttpTransport(urls, {}, provers={"stock": CallerProver("stock", key)}), urls, {})
    refused: list[int] = []

    async def refuse_once(_wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
        if not refused:
            refused.append(503)
            writer.write(http_answer(b"busy", status=503))
        else:
            writer.write(http_answer(await wire.graph_answer(body)))

    wire.respond = refuse_once

    answers = await asyncio.gather(*(transport.fetch(_call({"authorization": "Bearer t"})) for _ in range(3)))

    await transport.close()
    assert [answer.body for answer in answers] == [{"data": {"places": 3}}] * 3
    assert len(wire.requests) == 2
    for sent, body in wire.requests:
        CallerCheck("stock", [key]).require(sent, orjson.dumps(body))


@pytest.mark.parametrize("has_key", [True, False])
async def test_a_subgraph_that_does_not_take_the_proof_is_not_there(wire: Wire, has_key: bool):
    wire.respond = says(b'{"errors": [{"message": "no"}]}', status=403)
    provers = {"stock": CallerProver("stock", "k" * 43)} if has_key else {}
    transport = HttpTransport({"stock": wire.url}, {}, provers=provers)

    [outcome] = await asyncio.gather(transport.check("stock"), return_exceptions=True)

    await transport.close()
    assert isinstance(outcome, SubgraphUnavailable) == has_key
