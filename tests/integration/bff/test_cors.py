"""Scripts of other sites: those named in the settings, and no others. security.md N18, N19."""

from collections.abc import AsyncIterator

import pytest

from tests.factories.bff import CSRF, Answer, Browser, Face, Journey, journey

FRIEND = "https://backoffice.shop.example"
STRANGERS = [
    "https://evil.example",
    "null",
    "",
    "*",
    "http://backoffice.shop.example",
    "https://backoffice.shop.example:8443",
    "https://backoffice.shop.example.evil.example",
    "https://evil.example#https://backoffice.shop.example",
    "https://BACKOFFICE.shop.example",
]
GRANTS = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers")


@pytest.fixture(scope="module")
async def open_world(face: Face, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = tmp_path_factory.mktemp("provider")
    async with journey(redis_url, folder, face=face, allowed_origins=(FRIEND,)) as built:
        yield built


@pytest.fixture(scope="module")
async def person(open_world: Journey) -> Browser:
    return await open_world.signed_in()


async def preflight(world: Journey, origin: str, path: str = "/graphql") -> Answer:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-retail-csrf",
    }
    return await world.browser().request("OPTIONS", f"{world.bff}{path}", headers=headers)


def granted(answer: Answer) -> dict[str, str]:
    return {name: answer.headers[name] for name in GRANTS if name in answer.headers}


@pytest.mark.parametrize("path", ["/graphql", "/auth/session", "/auth/logout"])
async def test_n19_a_preflight_of_an_allowed_origin_is_granted_for_two_hours(open_world: Journey, path: str):
    answer = await preflight(open_world, FRIEND, path)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert {"content-type", "x-retail-csrf", "dpop"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-max-age"] == "7200"
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", STRANGERS)
async def test_n19_nobody_else_is_granted_anything(open_world: Journey, person: Browser, origin: str):
    before = len(open_world.router.requests)

    asked_first = await preflight(open_world, origin)
    asked = await person.get(f"{open_world.bff}/auth/session", headers={"origin": origin})
    posted = await open_world.graphql(person, headers={"origin": origin, "sec-fetch-site": "cross-site"})

    assert (asked_first.status, posted.status, posted.code) == (405, 403, "CROSS_SITE_REQUEST")
    assert [granted(answer) for answer in (asked_first, asked, posted)] == [{}, {}, {}]
    assert [answer.headers["vary"] for answer in (asked_first, asked, posted)] == ["Origin"] * 3
    assert len(open_world.router.requests) == before


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
async def test_an_allowed_page_asks_with_the_persons_cookie(open_world: Journey, person: Browser, site: str):
    answer = await open_world.graphql(person, headers={"origin": FRIEND, "sec-fetch-site": site})

    assert answer.status == 200
    assert granted(answer) == {
        "access-control-allow-origin": FRIEND,
        "access-control-allow-credentials": "true",
    }
    assert "retry-after" in answer.headers["access-control-expose-headers"]


async def test_n18_an_allowed_page_needs_the_header_as_well(open_world: Journey, person: Browser):
    before = len(open_world.router.requests)
    headers = {"origin": FRIEND, "sec-fetch-site": "same-site"}

    answer = await person.post(f"{open_world.bff}/graphql", json={"query": "{ me }"}, headers=headers)

    assert (answer.status, answer.code) == (403, "CSRF_HEADER_REQUIRED")
    # its page may read why
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert len(open_world.router.requests) == before


async def test_n18_a_form_on_an_allowed_page_does_nothing(open_world: Journey, person: Browser):
    url = f"{open_world.bff}/auth/logout"
    form_token = open_world.parts.sealer.form_token(person.cookies[open_world.session_cookie])

    answer = await person.post(url, data={"form_token": form_token}, headers={"origin": FRIEND})

    assert (answer.status, answer.code) == (403, "CROSS_SITE_REQUEST")
    assert await open_world.is_alive(person)


async def test_without_the_setting_there_is_no_cors(world: Journey):
    browser = await world.signed_in()

    asked_first = await preflight(world, FRIEND)
    asked = await browser.get(f"{world.bff}/auth/session", headers={"origin": FRIEND})
    posted = await browser.post(f"{world.bff}/auth/logout", headers={**CSRF, "origin": FRIEND})

    assert (asked_first.status, asked.status, posted.status) == (405, 200, 403)
    assert [granted(answer) for answer in (asked_first, asked, posted)] == [{}, {}, {}]
