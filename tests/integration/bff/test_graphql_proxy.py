"""What goes upstream and what comes back: security.md N22, N23."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from bff.session.graphql_proxy import DirectUpstream
from tests.factories.bff import (
    CASHIER,
    OWNER,
    Browser,
    Journey,
    free_socket,
    journey,
    origin_of,
)


async def test_n22_only_what_the_router_needs_is_forwarded(world: Journey):
    browser = await world.signed_in(OWNER)
    attack = {
        "authorization": "Bearer forged",
        "x-user": "root",
        "x-user-id": "root",
        "x-tenant-id": "other",
        "x-retail-deadline-ms": "600000",
        "x-retail-tenant": "01920000-0000-7000-8000-000000000002",
        "x_tenant": "other",
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "forwarded": "host=evil.example",
        "te": "trailers",
        "accept-language": "ja",
    }

    answer = await world.graphql(browser, headers=attack)

    sent, _ = world.router.requests[-1]
    session = await world.session_of(browser)
    assert answer.json()["data"]["me"]["username"] == OWNER
    assert sent["authorization"] == f"Bearer {session.access_token}"
    assert sorted(sent) == [
        "accept",
        "accept-encoding",
        "accept-language",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "user-agent",
        "x-request-id",
        "x-retail-deadline-ms",
    ]
    assert 0 < int(sent["x-retail-deadline-ms"]) < 15_000
    assert "python" in sent["user-agent"].lower()


async def test_n22_a_bearer_token_without_a_session_is_nobody(world: Journey, browser: Browser):
    signed_in = await world.signed_in()
    token = (await world.session_of(signed_in)).access_token

    answer = await world.graphql(browser, headers={"authorization": f"Bearer {token}"})

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


async def test_the_routers_own_headers_stay_inside(world: Journey):
    browser = await world.signed_in()

    answer = await world.graphql(browser)

    assert answer.set_cookies == []
    assert "x-internal" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/graphql/../../evil", None),
        ("//evil.example/graphql", None),
        ("/graphql@evil.example", None),
        ("/graphql%2f..%2fadmin", None),
        ("/graphql", "evil.example"),
    ],
)
async def test_n23_no_path_or_host_leads_elsewhere(world: Journey, path: str, host: str | None):
    browser = await world.signed_in()
    before = len(world.router.requests)
    headers = world.own_headers(browser, "POST", "/graphql") | ({"host": host} if host else {})

    answer = await browser.post(f"{world.bff}{path}", json={"query": "{ me }"}, headers=headers)

    reached = world.router.requests[before:]
    assert answer.status in {200, 404}
    assert {sent["host"] for sent, _ in reached} <= {world.settings.router_url.split("/")[2]}


async def test_n23_a_redirect_of_the_router_is_not_followed(world: Journey):
    browser = await world.signed_in()
    world.router.redirect_to = f"{world.provider_url}/stolen"

    answer = await world.graphql(browser)

    world.router.redirect_to = None
    assert (answer.status, answer.code) == (502, "UPSTREAM_UNAVAILABLE")
    assert world.traffic.paths["stolen"] == 0


async def test_a_router_that_does_not_answer_is_a_coded_error(redis_url: str, state_folder):
    with free_socket() as closed:
        nowhere = f"{origin_of(closed)}/graphql"
    async with journey(redis_url, state_folder, router_url=nowhere) as world:
        browser = await world.signed_in()

        answer = await world.graphql(browser)

        assert (answer.status, answer.code) == (502, "UPSTREAM_UNAVAILABLE")
        assert await world.is_alive(browser)


async def test_the_graph_can_run_in_the_same_process(redis_url: str, state_folder):
    asked: list[tuple[bytes, str]] = []

    async def call(body: bytes, headers):
        asked.append((body, headers["authorization"]))
        return 200, {"Content-Type": "application/json"}, b'{"data":{}}'

    async with journey(redis_url, state_folder, upstream=DirectUpstream(call)) as world:
        browser = await world.signed_in(CASHIER)

        answer = await world.graphql(browser)

        assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b'{"data":{}}')
        assert asked == [
            (b'{"query": "{ me { subject } }"}', f"Bearer {(await world.session_of(browser)).access_token}")
        ]


async def test_an_answer_in_parts_is_passed_on_part_by_part(world: Journey):
    browser = await world.signed_in()
    may_go_on = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await may_go_on.wait()
        yield b"second"

    world.router.parts = parts
    async with _asked_in_parts(world, browser) as response:
        first = await response.content.readany()

        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
        assert first == b"first"
        may_go_on.set()
        assert await response.content.read() == b"second"
    world.router.parts = None
    assert world.router.requests[-1][0]["accept"] == "multipart/mixed;deferSpec=20220824"


async def test_a_browser_that_leaves_an_answer_in_parts_ends_it_at_the_router(world: Journey):
    browser = await world.signed_in()
    is_left = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        try:
            await asyncio.Event().wait()
        finally:
            is_left.set()

    world.router.parts = parts
    async with _asked_in_parts(world, browser) as response:
        await response.content.readany()
        response.close()

    await is_left.wait()
    world.router.parts = None


async def test_the_graph_in_the_same_process_answers_in_parts_as_well(redis_url: str, state_folder):
    may_go_on = asyncio.Event()

    class Parts:
        def __init__(self) -> None:
            self.is_closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"first"
            await may_go_on.wait()
            yield b"second"

        async def aclose(self) -> None:
            self.is_closed = True

    parts = Parts()

    async def call(_body: bytes, _headers):
        return 200, {"Content-Type": "multipart/mixed"}, parts

    async with journey(redis_url, state_folder, upstream=DirectUpstream(call)) as world:
        browser = await world.signed_in(CASHIER)
        async with _asked_in_parts(world, browser) as response:
            assert await response.content.readany() == b"first"
            may_go_on.set()
            assert await response.content.read() == b"second"

    assert parts.is_closed


def _asked_in_parts(world: Journey, browser: Browser):
    headers = {
        **world.own_headers(browser, "POST", "/graphql"),
        "accept": "multipart/mixed;deferSpec=20220824",
        "cookie": f"{world.session_cookie}={browser.cookies[world.session_cookie]}",
    }
    return world.http.post(f"{world.bff}/graphql", json={"query": "{ me }"}, headers=headers)


async def test_an_oversize_body_is_refused_before_it_is_read(world: Journey):
    browser = await world.signed_in()
    before = len(world.router.requests)
    target = urlsplit(world.bff)
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {target.netloc}\r\ncontent-type: application/json\r\nx-retail-csrf: 1\r\n"
        f"cookie: {world.session_cookie}={browser.cookies[world.session_cookie]}\r\ncontent-length: 2000000\r\n\r\n"
    )

    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"PAYLOAD_TOO_LARGE" in answer
    assert len(world.router.requests) == before
