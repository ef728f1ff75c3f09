"""A till in a real Chromium: the next person's sign-in starts from nothing."""

from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from bff.pages.languages import COOKIE as LANGUAGE_COOKIE
from cli.embedded.redis import RedisServer
from cli.optional_tools import chromium_program
from tests.factories.bff import CASHIER, PASSWORD, POS, journey

pytestmark = pytest.mark.chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


async def sign_in(page: Page, username: str) -> None:
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_the_next_person_is_not_taken_for_the_last_one(redis_server: RedisServer, tmp_path: Path):
    async with journey(redis_server.url_of(2), tmp_path, face=POS) as tills, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        page = await (await chromium.new_context()).new_page()
        await page.goto(f"{tills.bff}/auth/login")
        await sign_in(page, CASHIER)
        first = await page.get_by_role("heading", level=1).inner_text()
        held = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}

        await page.goto(f"{tills.bff}/till/sign-in")
        cookies = {cookie["name"] for cookie in await page.context.cookies()}
        await sign_in(page, "manager@lumen.example")
        second = await page.get_by_role("heading", level=1).inner_text()
        await chromium.close()
        waiting = await tills.parts.store.find(held[tills.session_cookie])

        assert (first, second) == ("Hello, Chloe Barnes", "Hello, Marcus Reed")
        # the language is the till's, not a person's
        assert cookies == {tills.login_cookie, LANGUAGE_COOKIE}
        # the first one's session is as it was, at the provider too: it waits for a PIN
        assert waiting is not None
        assert tills.provider.ledger.session(waiting.provider_session_id or "") is not None
