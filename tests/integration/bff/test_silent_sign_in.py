"""A browser whose session here has ended and whose session at the provider lives comes back without a form."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from cli.development_provider.routes import COOKIE as PROVIDER_COOKIE
from tests.factories.bff import CASHIER, OWNER, PASSWORD, Browser, Journey, submit_login

SILENT = "/auth/login?silent=1&return_to=/orders%3Fpage%3D2"


def changed(url: str, **changes: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()


async def with_an_ended_session(world: Journey, username: str = OWNER) -> Browser:
    browser = world.browser()
    assert (await browser.get(await world.authorized(browser, username))).status == 303
    await world.parts.store.end(browser.cookies[world.session_cookie])
    return browser


async def callback_of(world: Journey, browser: Browser) -> str:
    """What the provider answers to a silent sign-in: never a form."""
    begun = await browser.get(f"{world.bff}{SILENT}")
    assert parse_qs(urlsplit(begun.location).query)["prompt"] == ["none"]
    answer = await browser.get(begun.location)
    assert answer.status == 303, answer.text
    return answer.location


async def test_a_living_session_at_the_provider_is_enough(world: Journey):
    browser = await with_an_ended_session(world)

    done = await browser.get(await callback_of(world, browser))

    assert (done.status, done.location) == (303, f"{world.bff}/orders?page=2")
    assert (await world.session_of(browser)).username == OWNER


async def test_without_one_the_browser_comes_back_with_a_mark_and_no_session(world: Journey):
    browser = world.browser()

    done = await browser.get(await callback_of(world, browser))
    again = await browser.get(changed(f"{world.bff}{SILENT}", return_to=urlsplit(done.location).path + "?page=2"))

    assert (done.status, done.location) == (303, f"{world.bff}/orders?page=2&sign_in=required")
    assert again.status == 303
    assert world.session_cookie not in browser.cookies


async def test_the_mark_is_set_once(world: Journey):
    browser = world.browser()
    marked = urlencode({"silent": "1", "return_to": "/orders?sign_in=required&page=2"})
    begun = await browser.get(f"{world.bff}/auth/login?{marked}")

    done = await browser.get((await browser.get(begun.location)).location)

    assert done.location == f"{world.bff}/orders?page=2&sign_in=required"


async def test_a_living_session_stays_when_the_provider_knows_nobody(world: Journey):
    browser = await world.signed_in(OWNER)
    cookie = browser.cookies[world.session_cookie]
    del browser.cookies[PROVIDER_COOKIE]

    done = await browser.get(await callback_of(world, browser))

    assert done.location == f"{world.bff}/orders?page=2&sign_in=required"
    assert browser.cookies[world.session_cookie] == cookie
    assert await world.is_alive(browser)


async def test_n2_a_living_session_does_not_silently_become_another_persons(world: Journey):
    browser = await world.signed_in(OWNER)
    del browser.cookies[PROVIDER_COOKIE]
    page = await browser.get(changed((await browser.get(f"{world.bff}/auth/login")).location))
    await submit_login(browser, page, CASHIER, PASSWORD)

    answer = await browser.get(await callback_of(world, browser))

    assert (answer.status, "LOGIN_OTHER_PERSON" in answer.text) == (400, True)
    assert (await world.session_of(browser)).username == OWNER


@pytest.mark.parametrize("error", ["login_required", "interaction_required"])
async def test_n1_n3_a_refusal_needs_its_state_and_works_once(world: Journey, error: str):
    browser = world.browser()
    callback = changed(await callback_of(world, browser), error=error)

    forged = await browser.get(changed(callback, state="x" * 43))
    first = await browser.get(callback)
    replayed = await browser.get(callback)

    assert [forged.status, first.status, replayed.status] == [400, 303, 400]
    assert "LOGIN_STATE_UNKNOWN" in forged.text
    assert "LOGIN_STATE_UNKNOWN" in replayed.text


async def test_n2_a_silent_sign_in_of_another_browser_is_refused(world: Journey):
    attacker, victim = await with_an_ended_session(world, CASHIER), world.browser()

    answer = await victim.get(await callback_of(world, attacker))

    assert (answer.status, "LOGIN_NOT_BOUND" in answer.text) == (400, True)
    assert world.session_cookie not in victim.cookies


async def test_n9_a_refusal_of_another_issuer_is_refused(world: Journey):
    browser = world.browser()

    answer = await browser.get(changed(await callback_of(world, browser), iss="https://evil.example"))

    assert (answer.status, "LOGIN_ISSUER_MISMATCH" in answer.text) == (400, True)


async def test_other_errors_are_errors_and_an_ordinary_sign_in_has_no_silent_end(world: Journey):
    browser = world.browser()
    silent = changed(await callback_of(world, browser), error="server_error")
    begun = await browser.get(f"{world.bff}/auth/login")
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    ordinary = changed(silent, state=state, error="login_required")

    answers = [await browser.get(url) for url in (silent, ordinary)]

    assert [(answer.status, "LOGIN_REFUSED" in answer.text) for answer in answers] == [(400, True)] * 2
