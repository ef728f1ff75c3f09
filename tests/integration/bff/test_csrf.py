"""Requests that another site makes a browser send: security.md N18, N19, N46."""

import pytest

from tests.factories.bff import CSRF, Answer, Browser, Journey

QUERY = '{"query":"mutation { steal }"}'


@pytest.fixture
async def victim(world: Journey) -> Browser:
    return await world.signed_in()


async def asked(world: Journey, victim: Browser, **headers: str) -> Answer:
    return await victim.post(
        f"{world.bff}/graphql", data=QUERY, headers={"content-type": "application/json", **headers}
    )


async def test_n18_without_the_header_nothing_is_forwarded(world: Journey, victim: Browser):
    before = len(world.router.requests)

    post = await asked(world, victim)
    get = await victim.get(f"{world.bff}/graphql?query={{me{{subject}}}}")

    assert [(post.status, post.code), (get.status, get.code)] == [(403, "CSRF_HEADER_REQUIRED")] * 2
    assert len(world.router.requests) == before


@pytest.mark.parametrize(
    "mark",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_n18_another_origin_is_refused_even_with_the_header(
    world: Journey, victim: Browser, mark: dict[str, str]
):
    before = len(world.router.requests)

    answer = await asked(world, victim, **CSRF, **mark)

    assert (answer.status, answer.code) == (403, "CROSS_SITE_REQUEST")
    assert len(world.router.requests) == before


async def test_n18_our_own_page_passes(world: Journey, victim: Browser):
    marks = {"origin": world.settings.public_url, "sec-fetch-site": "same-origin"}

    answer = await asked(world, victim, **world.own_headers(victim, "POST", "/graphql"), **marks)

    assert answer.status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "application/jsonp",
        "text/plain; application/json",
    ],
)
async def test_n18_only_json_bodies_are_read(world: Journey, victim: Browser, content_type: str):
    before = len(world.router.requests)

    post = await victim.post(f"{world.bff}/graphql", data=QUERY, headers={**CSRF, "content-type": content_type})
    get = await victim.get(f"{world.bff}/graphql", headers={**CSRF, "content-type": content_type})

    assert [(post.status, post.code), (get.status, get.code)] == [(415, "UNSUPPORTED_MEDIA_TYPE")] * 2
    assert len(world.router.requests) == before


async def test_n18_graphql_is_asked_by_post_only(world: Journey, victim: Browser):
    answer = await victim.get(f"{world.bff}/graphql?query={{me{{subject}}}}", headers=CSRF)

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_n19_no_preflight_is_answered(world: Journey, victim: Browser, origin: str):
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-retail-csrf",
    }

    answers = [
        await victim.request("OPTIONS", f"{world.bff}{path}", headers=headers)
        for path in ("/graphql", "/auth/logout", "/auth/session")
    ]

    assert {answer.status for answer in answers} == {405}
    assert [name for answer in answers for name in answer.headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "kube-probe/1.32"},
        {"user-agent": "GoogleHC/1.0"},
        {"x-forwarded-uri": "/health/live"},
        {"x-original-url": "/health/live"},
        {"x-forwarded-user": "admin@retailflow.example"},
    ],
)
async def test_n46_probes_and_proxy_headers_open_nothing(world: Journey, browser: Browser, headers: dict[str, str]):
    before = len(world.router.requests)

    answer = await world.graphql(browser, headers=headers)
    session = await browser.get(f"{world.bff}/auth/session", headers=headers)

    assert (answer.status, session.status) == (401, 401)
    assert len(world.router.requests) == before


async def test_sign_out_by_another_site_is_refused(world: Journey, victim: Browser):
    url = f"{world.bff}/auth/logout"

    answers = [
        await victim.post(url),
        await victim.post(url, data={"form_token": "x"}),
        await victim.post(url, data={"form_token": "x"}, headers={"origin": "https://evil.example"}),
        await victim.post(url, headers={**CSRF, "origin": "https://evil.example"}),
        await victim.post(url, headers={**CSRF, "sec-fetch-site": "cross-site"}),
    ]

    assert {answer.status for answer in answers} == {403}
    assert await world.is_alive(victim)
    assert world.session_cookie in victim.cookies
