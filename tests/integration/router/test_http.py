"""The router process over real sockets: GraphQL over HTTP in front, subgraphs over HTTP behind."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.subgraph import GraphQLRequest
from router.app import create_app, http_transport
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, World

_SDLS = {
    "catalog": "type Query { products: [Product!]! echo(text: String): String } type Mutation { touch: Int } "
    'type Product @key(fields: "id") { id: ID! name: String }',
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int } type Query { places: Int }',
}
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"


class _Served:
    """An ASGI application on a free port of the loopback interface."""

    def __init__(self, app: Starlette) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))

    async def __aenter__(self) -> Self:
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.shutdown(sockets=[self._socket])


class _Wire:
    """Serves a subgraph over HTTP; `respond` may answer in its place."""

    def __init__(self, graph: FederatedGraph, name: str) -> None:
        self._subgraph = graph.subgraphs[name]
        self.respond: Any = None
        self.headers: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/graphql", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        if self.respond is not None:
            return await self.respond(request)
        body = orjson.loads(await request.body())
        answer = await self._subgraph.execute(GraphQLRequest(body["query"], body.get("variables")), {})
        return Response(orjson.dumps(answer), media_type=_JSON)


class _Stack:
    def __init__(
        self, url: str, session: aiohttp.ClientSession, graph: FederatedGraph, wires: dict[str, _Wire]
    ) -> None:
        self.url = url
        self.session = session
        self.graph = graph
        self.wires = wires

    async def post(self, body: Any, **headers: str) -> tuple[int, str, Any]:
        sent = {"content-type": _JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        async with self.session.post(f"{self.url}/graphql", data=content, headers=sent) as response:
            return response.status, response.headers["content-type"], orjson.loads(await response.read())

    async def get(self, path: str, **headers: str) -> tuple[int, str, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(f"{self.url}{path}", headers=sent) as response:
            text = await response.read()
            return response.status, response.headers["content-type"], orjson.loads(text)


@asynccontextmanager
async def _running(**settings: Any) -> AsyncIterator[_Stack]:
    products = [{"__typename": "Product", "id": "1", "name": "Chair", "stock": 3}]
    world = World(
        entities={"Product": products},
        computed={
            "Query.products": lambda _: products,
            "Query.echo": lambda _, text=None: text,
            "Mutation.touch": lambda _: 1,
            "Query.places": lambda _: 2,
        },
    )
    graph = FederatedGraph(world, _SDLS)
    wires = {name: _Wire(graph, name) for name in _SDLS}
    configuration = RouterSettings(**settings)
    async with _Served(wires["catalog"].app) as catalog, _Served(wires["stock"].app) as stock:
        urls = {"catalog": f"{catalog.url}/graphql", "stock": f"{stock.url}/graphql"}
        app = create_app(configuration, graph.supergraph_sdl, http_transport(configuration, urls))
        async with _Served(app) as router, aiohttp.ClientSession() as session:
            yield _Stack(router.url, session, graph, wires)


@pytest.fixture(name="shared", scope="module")
async def _shared() -> AsyncIterator[_Stack]:
    async with _running() as stack:
        yield stack


@pytest.fixture(name="stack")
def _stack(shared: _Stack) -> _Stack:
    shared.graph.forget()
    for wire in shared.wires.values():
        wire.respond = None
        wire.headers.clear()
    return shared


async def test_an_operation_travels_through_real_subgraphs(stack):
    status, media, body = await stack.post({"query": "{ products { name stock } }"}, accept=_GRAPHQL)

    assert (status, media) == (200, f"{_GRAPHQL}; charset=utf-8")
    assert body == {"data": {"products": [{"name": "Chair", "stock": 3}]}}
    assert stack.graph.fetches == ["catalog", "stock"]


async def test_subgraphs_get_the_request_id_and_only_allowed_headers(stack):
    await stack.post(
        {"query": "{ places }"}, x_request_id="abc", authorization="Bearer t", cookie="secret=1", x_custom="1"
    )

    headers = stack.wires["stock"].headers[0]
    assert headers["x-request-id"] == "abc"
    assert headers["authorization"] == "Bearer t"
    assert headers["traceparent"].startswith("00-")
    assert not {"cookie", "x-custom"} & headers.keys()


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (_GRAPHQL, _GRAPHQL),
        (_JSON, _JSON),
        ("*/*", _JSON),
        ("application/*", _JSON),
        (f"{_JSON};q=0.5, {_GRAPHQL};q=0.9", _GRAPHQL),
        (f"text/html, {_JSON}", _JSON),
    ],
)
async def test_the_answer_has_the_accepted_media_type(stack, accept, media):
    status, answered, _ = await stack.post({"query": "{ places }"}, accept=accept)

    assert (status, answered) == (200, f"{media}; charset=utf-8")


@pytest.mark.parametrize(
    ("query", "variables"),
    [("{", None), ("{ nope }", None), ("query ($t: String!) { echo(text: $t) }", {})],
    ids=["parse", "validate", "variables"],
)
async def test_a_refused_document_is_400_in_the_new_media_type_and_200_in_the_old(stack, query, variables):
    body = {"query": query, "variables": variables}

    new_status, _, new = await stack.post(body, accept=_GRAPHQL)
    old_status, _, old = await stack.post(body, accept=_JSON)

    assert (new_status, old_status) == (400, 200)
    assert "data" not in new
    assert "data" not in old
    assert new["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert new["errors"][0]["extensions"]["requestId"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"query":NaN}', 400),
        ([{"query": "{ places }"}], 400),
        ({}, 400),
        ({"query": 7}, 400),
        ({"query": {"a": 1}}, 400),
        ({"query": "{ places }", "variables": "x"}, 400),
        ({"query": "{ places }", "variables": [1]}, 400),
        ({"query": "{ places }", "operationName": 7}, 400),
        ({"query": "{ places }", "variables": None, "operationName": None, "extensions": None}, 200),
    ],
)
async def test_bodies_that_are_no_request_are_refused_with_a_code(stack, body, status):
    answered, _, parsed = await stack.post(body)

    assert answered == status
    if status == 400:
        assert parsed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert "data" not in parsed


async def test_a_body_beyond_the_limit_is_refused():
    async with _running(max_body_bytes=1_000) as stack:
        status, _, body = await stack.post({"query": "{ places }" + " " * 2_000})

    assert (status, body["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert stack.graph.fetches == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_forms_and_texts_are_not_accepted(stack, content_type):
    status, _, body = await stack.post({"query": "mutation { touch }"}, content_type=content_type)

    assert (status, body["errors"][0]["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert stack.graph.fetches == []


async def test_an_unacceptable_media_type_is_406(stack):
    status, _, body = await stack.post({"query": "{ places }"}, accept="text/html")

    assert (status, body["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


async def test_get_needs_a_header_that_forces_a_preflight(stack):
    path = "/graphql?query=query(%24t:String){echo(text:%24t)}&variables={%22t%22:%22hi%22}"

    plain = await stack.get(path)
    text = await stack.get(path, content_type="text/plain")
    allowed = await stack.get(path, graphql_require_preflight="1")
    typed = await stack.get(path, content_type=_JSON)

    assert [plain[0], text[0]] == [400, 415]
    assert allowed[2] == typed[2] == {"data": {"echo": "hi"}}
    assert stack.graph.fetches == ["catalog", "catalog"]


async def test_get_does_not_mutate(stack):
    status, _, body = await stack.get("/graphql?query=mutation{touch}", graphql_require_preflight="1")

    assert (status, body["errors"][0]["extensions"]["code"]) == (405, "BAD_USER_INPUT")
    assert stack.graph.fetches == []


async def test_other_methods_are_405_with_the_allowed_ones(stack):
    async with stack.session.put(f"{stack.url}/graphql", data=b"{}") as response:
        assert response.status == 405
        assert set(response.headers["allow"].split(", ")) >= {"GET", "POST"}
        assert orjson.loads(await response.read())["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_no_origin_is_allowed_to_read_answers(stack):
    headers = {"origin": "https://evil.example", "content-type": _JSON}
    async with stack.session.post(f"{stack.url}/graphql", data=b'{"query":"{ places }"}', headers=headers) as response:
        assert "access-control-allow-origin" not in response.headers


async def _text(_request: Request) -> Response:
    return Response("<html>sorry</html>", 200, media_type="text/html")


async def _server_error(_request: Request) -> Response:
    return Response(b'{"data":{"places":1}}', 503, media_type=_JSON)


async def _redirect(_request: Request) -> Response:
    return Response(b"", 302, {"location": "http://127.0.0.1:1/"})


async def _bad_utf8(_request: Request) -> Response:
    return Response(b'{"data":{"places":"\xff"}}', media_type=_JSON)


async def _huge(_request: Request) -> Response:
    return Response(b'{"data":{"places":"' + b"x" * 200_000 + b'"}}', media_type=_JSON)


async def _hanging(request: Request) -> Response:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(b"")


@pytest.mark.parametrize("respond", [_text, _server_error, _redirect, _bad_utf8, _huge, _hanging])
async def test_a_misbehaving_subgraph_costs_only_its_own_fields(tmp_path, respond):
    # only the one that hangs is given up early: a slow machine needs its time for the others
    patience = {"stock": {"timeout_seconds": 0.3}} if respond is _hanging else {}
    configuration = tmp_path / "router.json"
    configuration.write_bytes(orjson.dumps({"subgraphs": patience}))
    async with _running(max_answer_bytes=100_000, config_file=str(configuration)) as stack:
        stack.wires["stock"].respond = respond

        status, _, body = await stack.post({"query": "{ products { name stock } }"}, accept=_GRAPHQL)

    assert status == 200
    assert body["data"] == {"products": [{"name": "Chair", "stock": None}]}
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
        (["products", 0, "stock"], "SUBGRAPH_UNAVAILABLE")
    ]
    assert body["errors"][0]["extensions"]["subgraph"] == "stock"
    assert body["errors"][0]["message"] == "the subgraph stock is unavailable"


async def test_graphql_errors_of_a_400_answer_are_passed_on(stack):
    async def refuse(_request: Request) -> Response:
        return Response(b'{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}', 400, media_type=_JSON)

    stack.wires["stock"].respond = refuse

    _, _, body = await stack.post({"query": "{ places }"})

    assert body["data"] == {"places": None}
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_readiness_names_the_subgraph_that_is_not_there(stack):
    ready = await stack.get("/health/ready")
    stack.wires["stock"].respond = _server_error

    unready = await stack.get("/health/ready")

    assert (ready[0], ready[2]["details"]) == (200, {"catalog": "ok", "stock": "ok"})
    assert (unready[0], unready[2]["details"]) == (503, {"catalog": "ok", "stock": "unavailable"})


async def test_metrics_count_operations_and_fetches(stack):
    await stack.post({"query": "{ products { stock } }"})

    async with stack.session.get(f"{stack.url}/metrics") as response:
        text = await response.text()

    assert 'router_fetches_total{outcome="ok",subgraph="stock"}' in text
    assert 'router_operations_total{kind="query",outcome="ok"}' in text
    assert 'router_plan_cache_total{result="miss"}' in text
