"""What people do in a real Chromium, with the development provider and with a real Keycloak."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, expect

from cli.development_provider.one_time_codes import code_at
from tests.factories.bff import CASHIER, OWNER, PASSWORD, SESSION_COOKIE
from tests.factories.page_walk import chromium, press
from tests.factories.sign_in import SignInWorld

pytestmark = pytest.mark.chromium

NEXT = b'event: next\ndata: {"data":{"stock":1}}\n\n'
SUBSCRIBE = """async () => {
    const headers = {"content-type": "application/json", "accept": "text/event-stream", "x-retail-csrf": "1"};
    const body = JSON.stringify({query: "subscription { stock }"});
    const answer = await fetch("/graphql", {method: "POST", headers, body});
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    window.said = "";
    window.over = (async () => {
        for (;;) {
            const {done, value} = await reader.read();
            if (done) return window.said;
            window.said += decoder.decode(value);
        }
    })();
    return answer.status;
}"""
ASK = """async () => (await fetch("/graphql", {
    method: "POST",
    headers: {"content-type": "application/json", "x-retail-csrf": "1"},
    body: JSON.stringify({query: "{ me { subject } }"}),
})).status"""


@pytest.fixture(scope="module")
async def started() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def context(started: Chromium) -> AsyncIterator[BrowserContext]:
    """A browser of its own: its own cookies, its own tabs. Our pages' policy allows no scripts, not even the test's."""
    context = await started.new_context(locale="en-GB", bypass_csp=True)
    context.set_default_timeout(20_000)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


async def give_password(world: SignInWorld, page: Page, username: str) -> None:
    await page.locator("input[name=username]").fill(username)
    await page.locator("input#password").fill(PASSWORD)
    button = "#kc-login" if world.provider.name == "keycloak" else "form:has(input#password) button[type=submit]"
    await press(page, button)


async def give_code(world: SignInWorld, page: Page) -> None:
    if world.provider.name == "development":
        await page.locator("input[name=code]").fill(await page.locator("code").inner_text())
        await press(page, "form button")
        return
    # asked for the first time, Keycloak sets the app up
    secret = await page.locator("input[name=totpSecret]").input_value()
    await page.locator("#totp").fill(code_at(secret.encode(), time.time()))
    await page.locator("#userLabel").fill("app")
    await press(page, "#saveTOTPBtn")


async def sign_in(world: SignInWorld, page: Page, username: str = OWNER, return_to: str = "/") -> None:
    await page.goto(f"{world.bff}/auth/login?return_to={return_to}")
    await give_password(world, page, username)
    assert page.url == f"{world.bff}{return_to}"


async def sign_out(page: Page) -> None:
    await press(page, "form[action='/auth/logout'] button")
    await expect(page.get_by_role("heading")).to_have_text("You are signed out")


async def session_id(page: Page) -> str | None:
    cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    return cookies.get(SESSION_COOKIE)


async def test_a_person_signs_in_and_nothing_secret_is_in_the_page(world: SignInWorld, page: Page):
    await sign_in(world, page, return_to="/auth/devices")

    readable = await page.evaluate("() => document.cookie + JSON.stringify({...localStorage, ...sessionStorage})")
    held = await session_id(page)
    assert held is not None
    assert held not in readable + await page.content() + page.url
    assert "eyJ" not in readable + await page.content()
    assert await page.evaluate(ASK) == 200


async def test_two_tabs_are_signed_in_with_one_session(world: SignInWorld, context: BrowserContext, page: Page):
    other = await context.new_page()
    await page.goto(f"{world.bff}/auth/login?return_to=/")
    await other.goto(f"{world.bff}/auth/login?return_to=/auth/devices")

    await give_password(world, page, OWNER)
    first = await session_id(page)
    # the provider knows the browser by now and asks nothing
    await other.goto(f"{world.bff}/auth/login?return_to=/auth/devices")

    assert (page.url, other.url) == (f"{world.bff}/", f"{world.bff}/auth/devices")
    assert await session_id(page) != first
    assert [await tab.evaluate(ASK) for tab in (page, other)] == [200, 200]
    assert await world.parts.store.find(first) is None


async def test_after_sign_out_the_back_button_shows_nothing_private(world: SignInWorld, page: Page):
    await sign_in(world, page)
    await page.goto(f"{world.bff}/auth/devices")
    await page.goto(f"{world.bff}/")
    await expect(page.locator("body")).to_contain_text(OWNER)
    await sign_out(page)

    await page.go_back()
    start = await page.locator("body").inner_text()
    asked = await page.evaluate(ASK)
    await page.go_back()

    assert OWNER not in start
    assert asked == 401
    await expect(page.locator("input#password")).to_be_visible()


async def test_whoever_signs_out_in_one_tab_is_signed_out_in_the_other(
    world: SignInWorld, context: BrowserContext, page: Page
):
    other = await context.new_page()
    await sign_in(world, page, CASHIER)
    await other.goto(f"{world.bff}/auth/devices")
    assert await other.evaluate(ASK) == 200

    await sign_out(page)

    assert await other.evaluate(ASK) == 401
    await other.reload()
    # who asks for a private page signs in again, and the provider has forgotten the browser
    await expect(other.locator("input#password")).to_be_visible()


async def test_a_second_factor_is_asked_for_once_and_changes_the_session(world: SignInWorld, page: Page):
    await sign_in(world, page, "marketer@lumen.example")
    before = await session_id(page)

    await page.goto(f"{world.bff}/auth/login?step_up=otp&return_to=/auth/devices")
    await give_code(world, page)
    after = await session_id(page)
    view = await page.evaluate("async () => (await fetch('/auth/session')).json()")

    assert page.url == f"{world.bff}/auth/devices"
    assert view["acr"] == "otp"
    assert after != before
    assert await world.parts.store.find(before) is None


async def test_n37_an_administrators_logout_ends_an_open_subscription(
    world: SignInWorld, page: Page, monkeypatch: pytest.MonkeyPatch
):
    async def events() -> AsyncIterator[bytes]:
        yield NEXT
        await asyncio.Event().wait()

    monkeypatch.setattr(world.router, "parts", events)
    monkeypatch.setattr(world.router, "parts_type", "text/event-stream")
    await sign_in(world, page, CASHIER)
    session = await world.parts.store.find(await session_id(page))
    assert session is not None
    assert await page.evaluate(SUBSCRIBE) == 200
    await page.wait_for_function("window.said.includes('stock')")

    await world.provider.end_session(session.subject, session.provider_session_id or "")
    async with asyncio.timeout(5):
        said = await page.evaluate("window.over")

    assert said.startswith(NEXT.decode())
    assert '"code":"UNAUTHENTICATED"' in said
    assert said.endswith("event: complete\ndata:\n\n")
    monkeypatch.setattr(world.router, "parts", None)
    assert await page.evaluate(ASK) == 401
