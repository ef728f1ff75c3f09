"""A signed-in person gives a second factor, at either BFF: RFC 9470, security.md N2, N3, N17."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from kernel.errors import DomainError
from kernel.identity import Principal
from kernel.permissions import require_scope
from kernel.step_up import StepUpRequired
from tests.factories.bff import ADMIN, CASHIER, OWNER, PASSWORD, Answer, Browser, Journey, submit_login

STEP_UP = "/auth/login?step_up=otp&return_to=/people"


async def principal_of(world: Journey, browser: Browser) -> Principal:
    return await world.router.verifier.verify((await world.session_of(browser)).access_token)


async def refusal_of(world: Journey, browser: Browser, scope: str = "identity:manage") -> DomainError | None:
    """What a service says to an admin action with the token of this browser's session."""
    principal = await principal_of(world, browser)
    try:
        require_scope(principal, scope)
    except DomainError as error:
        return error
    return None


async def let_the_factor_age(world: Journey, browser: Browser, seconds: int) -> None:
    """As if the person had signed in and given the code so long ago; the token is renewed."""
    found = world.provider.ledger.session((await world.session_of(browser)).provider_session_id or "")
    assert found is not None
    found.started_at, found.otp_at = found.started_at - seconds, found.otp_at - seconds
    await world.expire_access_token(browser)
    await world.parts.sessions.find(browser.cookies[world.session_cookie])


def without(url: str, *names: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in names])).geturl()


def assert_refused(answer: Answer, code: str) -> None:
    assert (answer.status, f"<code>{code}</code>" in answer.text) == (400, True), answer.text


async def test_an_admin_action_needs_a_step_up_and_another_one_when_it_is_old(world: Journey):
    browser = await world.signed_in(OWNER)
    before = await refusal_of(world, browser)

    done = await world.stepped_up(browser, "/people")
    after = await refusal_of(world, browser)
    await let_the_factor_age(world, browser, 901)
    old = await refusal_of(world, browser)

    assert (done.status, done.location) == (303, f"{world.bff}/people")
    assert [type(before), after, type(old)] == [StepUpRequired, None, StepUpRequired]
    assert before is not None
    assert before.details == {"acrValues": "otp", "maxAge": 900}


@pytest.mark.parametrize("scope", ["identity:read", "orders:manage", "till:write"])
async def test_what_changes_no_people_tills_or_platform_needs_no_step_up(world: Journey, scope: str):
    assert await refusal_of(world, await world.signed_in(OWNER), scope) is None


async def test_n17_a_step_up_changes_the_session_id_and_ends_the_former_session(world: Journey):
    browser = await world.signed_in(OWNER)
    before = browser.cookies[world.session_cookie]

    await world.stepped_up(browser)

    assert browser.cookies[world.session_cookie] != before
    assert await world.parts.store.find(before) is None
    assert (await world.session_of(browser)).username == OWNER


async def test_the_session_says_what_it_has_and_until_when_it_counts(world: Journey):
    browser = await world.signed_in(OWNER)
    before = (await browser.get(f"{world.bff}/auth/session")).json()

    await world.stepped_up(browser)
    after = (await browser.get(f"{world.bff}/auth/session")).json()

    given_at = (await world.session_of(browser)).second_factor.given_at
    assert (before["acr"], before["second_factor_until"]) == ("password", None)
    assert (after["acr"], after["second_factor_until"]) == ("otp", given_at + 900)


async def test_the_provider_is_asked_for_the_level_and_the_age(world: Journey):
    browser = await world.signed_in(OWNER)

    asked = parse_qs(urlsplit((await browser.get(f"{world.bff}{STEP_UP}")).location).query)

    assert asked["claims"] == ['{"id_token":{"acr":{"essential":true,"values":["otp"]}}}']
    assert asked["max_age"] == ["900"]


async def test_n2_somebody_else_does_not_come_back_from_a_step_up(world: Journey):
    browser = await world.signed_in(OWNER)
    cookie = browser.cookies[world.session_cookie]
    begun = await browser.get(f"{world.bff}{STEP_UP}")
    other = world.browser()
    page = await other.get(without(begun.location, "claims", "max_age"))
    callback = (await submit_login(other, page, CASHIER, PASSWORD)).location

    answer = await browser.get(callback)

    assert_refused(answer, "LOGIN_OTHER_PERSON")
    assert browser.cookies[world.session_cookie] == cookie
    assert (await world.session_of(browser)).username == OWNER


async def test_n2_a_step_up_begun_in_another_browser_is_refused(world: Journey):
    attacker, victim = await world.signed_in(OWNER), await world.signed_in(OWNER)
    begun = await attacker.get(f"{world.bff}{STEP_UP}")
    page = await victim.get(without(begun.location, "claims", "max_age"))

    answer = await victim.get(page.location)

    assert_refused(answer, "LOGIN_NOT_BOUND")


async def test_a_provider_that_asked_for_no_code_is_refused(world: Journey):
    browser = await world.signed_in(OWNER)
    cookie = browser.cookies[world.session_cookie]
    begun = await browser.get(f"{world.bff}{STEP_UP}")
    callback = (await browser.get(without(begun.location, "claims", "max_age"))).location

    answer = await browser.get(callback)

    assert_refused(answer, "LOGIN_WITHOUT_STEP_UP")
    assert browser.cookies[world.session_cookie] == cookie


async def test_a_provider_that_takes_an_old_code_for_a_new_one_is_refused(world: Journey):
    browser = await world.signed_in(OWNER)
    await world.stepped_up(browser)
    await let_the_factor_age(world, browser, 901)
    begun = await browser.get(f"{world.bff}{STEP_UP}")
    callback = (await browser.get(without(begun.location, "claims", "max_age"))).location

    answer = await browser.get(callback)

    assert_refused(answer, "LOGIN_WITHOUT_STEP_UP")


@pytest.mark.parametrize("query", ["step_up=password", "step_up=", "silent=0", "silent=1&step_up=otp"])
async def test_nothing_else_is_asked_of_the_provider(world: Journey, query: str):
    answer = await world.browser().get(f"{world.bff}/auth/login?{query}")

    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_the_demo_administrator_gets_through_a_step_up_too(world: Journey):
    browser = world.browser()
    assert (await browser.get(await world.authorized(browser, ADMIN))).status == 303

    await world.stepped_up(browser)

    assert await refusal_of(world, browser, "platform:manage") is None
