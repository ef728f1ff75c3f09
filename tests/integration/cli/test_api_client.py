from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from cli.api_client import ApiClient, ApiError

TENANT = UUID("01920000-0000-7000-8000-000000000001")
OK = {"data": {"tenant": {"slug": "lumen"}}}


def coded(code: str) -> dict[str, Any]:
    error = {"message": "no", "path": ["tenant"], "extensions": {"code": code}}
    return {"data": None, "errors": [error]}


class FakeApi:
    """Answers with the queued (status, body) pairs, then with OK; hands out tokens t1, t2, …"""

    def __init__(self) -> None:
        self.queued: list[tuple[int, Any]] = []
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.token_requests: list[str] = []
        self.token_status = 200
        self.url = ""

    async def graphql(self, request: web.Request) -> web.Response:
        self.requests.append(({k.lower(): v for k, v in request.headers.items()}, await request.json()))
        status, body = self.queued.pop(0) if self.queued else (200, OK)
        return web.json_response(body, status=status)

    async def token(self, request: web.Request) -> web.Response:
        self.token_requests.append((await request.post())["grant_type"])
        body = {"access_token": f"t{len(self.token_requests)}", "expires_in": 300}
        return web.json_response(body if self.token_status == 200 else {}, status=self.token_status)


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    fake = FakeApi()
    app = web.Application()
    app.add_routes([web.post("/graphql", fake.graphql), web.post("/token", fake.token)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
async def client(api: FakeApi, pauses: list[float]) -> AsyncIterator[ApiClient]:
    async with client_of(api.url, pauses) as opened:
        yield opened


def client_of(url: str, pauses: list[float]) -> ApiClient:
    async def note(seconds: float) -> None:
        pauses.append(seconds)

    return ApiClient(
        graphql_url=f"{url}/graphql",
        token_url=f"{url}/token",
        client_id="sales-import",
        client_secret="secret",
        tenant_id=TENANT,
        attempts=3,
        pause=note,
    )


async def test_it_acts_for_its_tenant_with_one_token_for_all_requests(api: FakeApi, client: ApiClient):
    first = await client.execute("query { tenant { slug } }", {"x": 1})
    await client.execute("query { tenant { slug } }")

    assert first == {"tenant": {"slug": "lumen"}}
    headers, body = api.requests[0]
    assert headers["authorization"] == "Bearer t1"
    assert headers["x-retail-tenant"] == str(TENANT)
    assert body == {"query": "query { tenant { slug } }", "variables": {"x": 1}}
    assert api.token_requests == ["client_credentials"]


@pytest.mark.parametrize(
    "failure", [(500, {}), (503, coded("INTERNAL")), (429, coded("RATE_LIMITED")), (200, coded("SUBGRAPH_UNAVAILABLE"))]
)
async def test_a_passing_failure_is_tried_again(
    api: FakeApi, client: ApiClient, pauses: list[float], failure: tuple[int, Any]
):
    api.queued = [failure, failure]

    assert await client.execute("query { tenant { slug } }") == OK["data"]
    assert len(api.requests) == 3
    assert [low < pause <= high for pause, (low, high) in zip(pauses, [(0, 0.1), (0, 0.2)], strict=True)] == [True] * 2
    assert len({headers["x-request-id"] for headers, _ in api.requests}) == 1


async def test_a_failure_that_stays_is_reported_after_the_last_attempt(
    api: FakeApi, client: ApiClient, pauses: list[float]
):
    api.queued = [(503, coded("SUBGRAPH_UNAVAILABLE"))] * 5

    with pytest.raises(ApiError) as refused:
        await client.execute("query { tenant { slug } }")

    assert refused.value.code == "SUBGRAPH_UNAVAILABLE"
    assert (len(api.requests), len(pauses)) == (3, 2)


async def test_a_refusal_is_never_repeated(api: FakeApi, client: ApiClient):
    api.queued = [(200, coded("FORBIDDEN"))]

    with pytest.raises(ApiError) as refused:
        await client.execute("mutation { x }")

    assert (refused.value.code, refused.value.path, len(api.requests)) == ("FORBIDDEN", ("tenant",), 1)


@pytest.mark.parametrize("answer", [(401, {}), (200, coded("UNAUTHENTICATED"))])
async def test_a_token_that_expired_is_renewed(api: FakeApi, client: ApiClient, answer: tuple[int, Any]):
    await client.execute("query { tenant { slug } }")
    api.queued = [answer]

    assert await client.execute("query { tenant { slug } }") == OK["data"]
    assert [headers["authorization"] for headers, _ in api.requests] == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_a_token_that_never_worked_is_not_renewed(api: FakeApi, client: ApiClient):
    api.queued = [(401, {})]

    with pytest.raises(ApiError) as refused:
        await client.execute("query { tenant { slug } }")

    assert (refused.value.code, len(api.requests), len(api.token_requests)) == ("UNAUTHENTICATED", 1, 1)


async def test_a_wrong_client_secret_asks_the_api_nothing(api: FakeApi, client: ApiClient):
    api.token_status = 401

    with pytest.raises(ApiError) as refused:
        await client.execute("query { tenant { slug } }")

    assert (refused.value.code, api.requests) == ("UNAUTHENTICATED", [])


async def test_nobody_listening_is_an_error_with_a_code(
    pauses: list[float],
):
    async with client_of("http://127.0.0.1:1", pauses) as client:
        with pytest.raises(ApiError) as refused:
            await client.execute("query { tenant { slug } }")

    assert (refused.value.code, len(pauses)) == ("UNAVAILABLE", 2)
