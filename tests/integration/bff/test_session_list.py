"""Where a person is signed in, and signing out elsewhere: security.md N18, N21, N37, N38, N48 as they apply to it."""

import re

from tests.factories.bff import ADMIN, CASHIER, CSRF, OWNER, Browser, Journey

_FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"}


async def listed(world: Journey, browser: Browser) -> list[dict[str, object]]:
    answer = await browser.get(f"{world.bff}/auth/sessions")
    assert answer.status == 200, answer.text
    return answer.json()["sessions"]


async def handle_of(world: Journey, browser: Browser) -> str:
    return next(str(one["handle"]) for one in await listed(world, browser) if one["is_current"])


async def signed_out_everywhere(world: Journey, username: str) -> None:
    browser = await world.signed_in(username)
    assert (await browser.post(f"{world.bff}/auth/sessions/end", headers=CSRF)).status == 200


async def test_a_person_sees_all_of_their_sessions_and_nobody_elses(world: Journey):
    await signed_out_everywhere(world, ADMIN)
    first = world.browser()
    callback = await world.authorized(first, ADMIN)
    assert (await first.get(callback, headers=_FIREFOX)).status == 303
    second, stranger = await world.signed_in(ADMIN), await world.signed_in(CASHIER)

    seen = await listed(world, second)

    assert sorted((one["browser"], one["is_current"]) for one in seen) == [
        ("Firefox on Linux", False),
        ("Unknown browser", True),
    ]
    assert not {one["handle"] for one in seen} & {one["handle"] for one in await listed(world, stranger)}


async def test_n21_the_list_shows_neither_tokens_nor_session_ids(world: Journey):
    browser = await world.signed_in()
    session = await world.session_of(browser)

    answers = [await browser.get(f"{world.bff}{path}") for path in ("/auth/sessions", "/auth/devices")]

    for answer in answers:
        secrets = (session.access_token, session.refresh_token, session.id_token, browser.cookies[world.session_cookie])
        assert not [secret for secret in secrets if secret and secret in answer.text]


async def test_ending_one_session_ends_that_one_here_and_at_the_provider(world: Journey):
    lost, kept = await world.signed_in(), await world.signed_in()
    gone = await world.session_of(lost)
    handle = await handle_of(world, lost)

    answer = await kept.post(f"{world.bff}/auth/sessions/{handle}/end", headers=CSRF)

    assert answer.json() == {"ended": 1, "signed_out": False}
    assert not await world.is_alive(lost)
    assert await world.is_alive(kept)
    assert world.provider.ledger.session(gone.provider_session_id) is None
    assert handle not in {one["handle"] for one in await listed(world, kept)}


async def test_ending_the_own_session_signs_out(world: Journey):
    browser = await world.signed_in()

    answer = await browser.post(f"{world.bff}/auth/sessions/{await handle_of(world, browser)}/end", headers=CSRF)

    assert answer.json() == {"ended": 1, "signed_out": True}
    assert world.session_cookie not in browser.cookies


async def test_n38_signing_out_everywhere_ends_all_sessions_of_the_person_and_none_of_others(world: Journey):
    browsers = [await world.signed_in(OWNER) for _ in range(3)]
    bystander = await world.signed_in(CASHIER)
    cookies = [dict(browser.cookies) for browser in browsers]
    sessions = [await world.session_of(browser) for browser in browsers]

    answer = await browsers[0].post(f"{world.bff}/auth/sessions/end", headers=CSRF)

    assert answer.json()["signed_out"]
    for browser, kept in zip(browsers, cookies, strict=True):
        browser.cookies = kept
        assert (await world.graphql(browser)).status == 401
    assert [world.provider.ledger.session(one.provider_session_id) for one in sessions] == [None, None, None]
    assert await world.is_alive(bystander)


async def test_a_stranger_ends_nothing(world: Journey):
    victim, attacker = await world.signed_in(), await world.signed_in(CASHIER)
    handle = await handle_of(world, victim)

    strangers = await attacker.post(f"{world.bff}/auth/sessions/{handle}/end", headers=CSRF)
    nobodys = await world.browser().post(f"{world.bff}/auth/sessions/{handle}/end", headers=CSRF)

    assert (strangers.status, strangers.code) == (404, "NOT_FOUND")
    assert (nobodys.status, nobodys.code) == (401, "UNAUTHENTICATED")
    assert await world.is_alive(victim)


async def test_n18_a_page_of_another_site_ends_nothing(world: Journey):
    browser = await world.signed_in()
    handle = await handle_of(world, browser)
    evil = {"origin": "https://evil.example"}

    answers = [
        await browser.post(f"{world.bff}/auth/sessions/end"),
        await browser.post(f"{world.bff}/auth/sessions/end", headers=CSRF | evil),
        await browser.post(f"{world.bff}/auth/sessions/{handle}/end", data={"form_token": "guessed"}),
        await browser.post(f"{world.bff}/auth/sessions/{handle}/end", data={"form_token": "guessed"}, headers=evil),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [
        (403, "CSRF_HEADER_REQUIRED"),
        (403, "CROSS_SITE_REQUEST"),
        (403, "FORM_TOKEN_REQUIRED"),
        (403, "CROSS_SITE_REQUEST"),
    ]
    assert await world.is_alive(browser)


async def test_the_page_ends_a_session_by_its_own_form(world: Journey):
    other, browser = await world.signed_in(), await world.signed_in()
    handle = await handle_of(world, other)
    page = await browser.get(f"{world.bff}/auth/devices")
    form = re.search(rf'action="(/auth/sessions/{handle}/end)"><input[^>]*name="form_token" value="(\w+)"', page.text)
    assert form is not None

    answer = await browser.post(f"{world.bff}{form[1]}", data={"form_token": form[2]})

    assert (answer.status, answer.headers["location"]) == (303, "/auth/devices")
    assert not await world.is_alive(other)
    assert await world.is_alive(browser)


async def test_n48_a_forms_token_is_of_no_use_to_anybody_else(world: Journey):
    victim, attacker, same_person = await world.signed_in(), await world.signed_in(CASHIER), await world.signed_in()
    handle = await handle_of(world, victim)
    tokens = [
        re.findall(r'name="form_token" value="(\w+)"', (await browser.get(f"{world.bff}/auth/devices")).text)[0]
        for browser in (attacker, same_person)
    ]

    answers = [
        await victim.post(f"{world.bff}{path}", data={"form_token": token})
        for token in tokens
        for path in (f"/auth/sessions/{handle}/end", "/auth/sessions/end", "/auth/logout")
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "FORM_TOKEN_REQUIRED")] * 6
    assert await world.is_alive(victim)


async def test_who_is_not_signed_in_is_asked_to(world: Journey):
    answer = await world.browser().get(f"{world.bff}/auth/devices")

    assert (answer.status, answer.headers["location"]) == (303, "/auth/login?return_to=%2Fauth%2Fdevices")
    assert (await world.browser().get(f"{world.bff}/auth/sessions")).status == 401
