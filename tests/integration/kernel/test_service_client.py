import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from kernel.caller_proof import CallerCheck, CallerNotProven
from kernel.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from kernel.ids import uuid7
from kernel.service_client import HttpEndpoint, ServiceTokens, SubgraphClient
from kernel.subgraph import GraphQLRequest, JsonObject

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FixedToken:
    def __init__(self) -> None:
        self.forgotten = 0

    async def token(self) -> str:
        return f"token-{self.forgotten}"

    def forget(self) -> None:
        self.forgotten += 1


class Endpoint:
    def __init__(self, *answers: JsonObject) -> None:
        self.answers = list(answers)
        self.headers: list[Mapping[str, str]] = []

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        del request
        self.headers.append(headers)
        return self.answers.pop(0)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/it", answer)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/it"))
    finally:
        await server.close()


def refusal(code: str) -> JsonObject:
    return {"data": None, "errors": [{"message": "no", "extensions": {"code": code}}]}


async def test_concurrent_callers_share_one_token_fetch():
    forms: list[dict[str, Any]] = []

    async def grant(request: web.Request) -> web.Response:
        forms.append(dict(await request.post()))
        return web.json_response({"access_token": f"t{len(forms)}", "expires_in": 300})

    async with serving(grant) as url:
        tokens = ServiceTokens(url, "saga", "secret")
        first = await asyncio.gather(*(tokens.token() for _ in range(20)))
        tokens.forget()
        second = await tokens.token()

    assert set(first) == {"t1"}
    assert second == "t2"
    assert forms[0] == {"grant_type": "client_credentials", "client_id": "saga", "client_secret": "secret"}


@pytest.mark.parametrize(("status", "error"), [(401, Unauthenticated), (400, Unauthenticated), (503, Unavailable)])
async def test_a_refused_token_request_says_which_kind_of_refusal(status: int, error: type[DomainError]):
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"error": "invalid_client"}, status=status)

    async with serving(refuse) as url:
        with pytest.raises(error):
            await ServiceTokens(url, "saga", "wrong").token()


async def test_a_call_carries_the_token_and_the_tenant():
    endpoint = Endpoint({"data": {"ok": True}})
    tenant_id = uuid7()

    data = await SubgraphClient({"orders": endpoint}, FixedToken()).call("orders", "{ ok }", {}, tenant_id=tenant_id)

    assert data == {"ok": True}
    assert endpoint.headers == [{"authorization": "Bearer token-0", "x-retail-tenant": str(tenant_id)}]


async def test_a_token_that_is_no_longer_accepted_is_renewed_once():
    endpoint = Endpoint(refusal("UNAUTHENTICATED"), {"data": {"ok": True}})

    data = await SubgraphClient({"orders": endpoint}, FixedToken()).call("orders", "{ ok }", {}, tenant_id=uuid7())

    assert data == {"ok": True}
    assert [headers["authorization"] for headers in endpoint.headers] == ["Bearer token-0", "Bearer token-1"]


@pytest.mark.parametrize(
    ("code", "error"), [("FORBIDDEN", Forbidden), ("UNAVAILABLE", Unavailable), ("INTERNAL", DomainError)]
)
async def test_an_answered_error_keeps_its_code(code: str, error: type[DomainError]):
    client = SubgraphClient({"orders": Endpoint(refusal(code))}, FixedToken())

    with pytest.raises(error) as caught:
        await client.call("orders", "{ ok }", {}, tenant_id=uuid7())

    assert (type(caught.value), caught.value.code) == (error, code)


async def test_a_subgraph_over_http_answers_like_one_in_process():
    seen: list[Any] = []

    async def graphql(request: web.Request) -> web.Response:
        seen.append((request.headers["x-retail-tenant"], await request.json()))
        return web.json_response({"data": {"ok": True}})

    tenant_id = uuid7()
    async with serving(graphql) as url:
        client = SubgraphClient.over_http({"orders": url}, FixedToken())
        data = await client.call("orders", "query($a: Int) { ok }", {"a": 1}, tenant_id=tenant_id)
        await client.close()

    assert data == {"ok": True}
    sent = {"query": "query($a: Int) { ok }", "variables": {"a": 1}, "operationName": None}
    assert seen == [(str(tenant_id), sent)]


async def test_no_answer_of_any_kind_is_unavailable():
    async def never(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def broken(_request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>bad gateway</html>")

    async with serving(never) as slow, serving(broken) as bad:
        endpoints = [HttpEndpoint(slow, timeout_seconds=0.05), HttpEndpoint(bad), HttpEndpoint("http://127.0.0.1:9/")]
        for endpoint in endpoints:
            with pytest.raises(Unavailable):
                await endpoint.execute(GraphQLRequest("{ ok }"), {})
            await endpoint.close()


async def test_a_worker_proves_its_calls_with_the_key_of_each_subgraph():
    keys = {"orders": SecretStr("o" * 43), "payments": SecretStr("p" * 43)}
    reasons: list[str] = []

    async def graphql(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            CallerCheck("orders", ["o" * 43]).require(headers, await request.read())
            reasons.append("")
        except CallerNotProven as refusal:
            reasons.append(refusal.reason)
        return web.json_response({"data": {"ok": True}})

    async with serving(graphql) as url:
        client = SubgraphClient.over_http({"orders": url, "payments": url, "catalog": url}, FixedToken(), keys)
        for name in ("orders", "payments", "catalog"):
            await client.call(name, "{ ok }", {}, tenant_id=uuid7())
        await client.close()

    assert reasons == ["", "forged", "missing"]
