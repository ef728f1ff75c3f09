"""The till's page in a real Chromium: enrolled by a code, opened by a sign-in, given away by PIN, dead when revoked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from cli.embedded.redis import RedisServer
from cli.optional_tools import chromium_program
from tests.factories.bff import CASHIER, PASSWORD, POS, Journey, journey

pytestmark = pytest.mark.chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MANAGER = "manager@lumen.example"


@pytest.fixture
async def tills(redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Journey]:
    async with journey(redis_server.url_of(2), tmp_path, face=POS, replicas=2) as built:
        yield built


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        yield started
        await started.close()


@asynccontextmanager
async def new_page(chromium: Browser, problems: list[str], locale: str = "en-GB") -> AsyncIterator[Page]:
    """A page in a browser of its own; what its console complains about, refusals of the server aside, is a problem."""
    context: BrowserContext = await chromium.new_context(locale=locale)
    page = await context.new_page()
    page.on("console", lambda told: problems.append(told.text) if is_problem(told.type, told.text) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    await context.close()


def is_problem(kind: str, text: str) -> bool:
    return kind in {"error", "warning"} and "Failed to load resource" not in text


async def sign_in(page: Page, username: str) -> None:
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def code_of_a_manager(page: Page, tills: Journey) -> str:
    """The address in the QR code."""
    await page.goto(f"{tills.bff}/device/enrolment")
    await sign_in(page, MANAGER)
    await page.get_by_label("Code").fill(await page.locator("code").inner_text())
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Store", exact=True).select_option(label="Harbour Street")
    await page.get_by_label("Name of the till").fill("Till 7")
    await page.get_by_role("button", name="Make a code").click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    return await page.get_by_role("link", name="Use it on this device").get_attribute("href") or ""


async def press(page: Page, digits: str) -> None:
    for digit in digits:
        await page.get_by_role("button", name=digit, exact=True).click()


async def enrolled(page: Page, chromium: Browser, tills: Journey, problems: list[str]) -> None:
    async with new_page(chromium, problems) as managers:
        address = await code_of_a_manager(managers, tills)
    await page.goto(address)
    await expect(page.get_by_role("heading", name="Who is at work?")).to_be_visible()


async def at_work(page: Page, username: str) -> None:
    await page.get_by_role("link", name="Sign in here").click()
    await sign_in(page, username)
    await expect(page.get_by_text("The till is open")).to_be_visible()


async def test_a_code_makes_a_browser_a_till_and_a_pin_opens_it(tills: Journey, chromium: Browser):
    problems: list[str] = []
    async with new_page(chromium, problems) as page:
        await enrolled(page, chromium, tills, problems)
        address = page.url
        await at_work(page, CASHIER)
        await page.get_by_role("button", name="Choose a PIN").click()
        await page.get_by_label("New PIN").fill("7294")
        await page.get_by_role("button", name="Set PIN").click()
        await page.get_by_role("button", name="Lock", exact=True).click()
        await page.get_by_role("button", name="Chloe Barnes").click()
        await press(page, "7295")
        await page.get_by_role("button", name="Unlock").click()
        told = await page.get_by_role("alert").inner_text()
        await press(page, "7294")
        await page.get_by_role("button", name="Unlock").click()
        await expect(page.get_by_text("The till is open")).to_be_visible()
        heading = await page.get_by_role("heading", level=1).inner_text()

    assert (address, told, heading) == (f"{tills.bff}/till/screen", "This PIN is wrong.", "Chloe Barnes")
    assert [device["name"] for device in tills.router.devices.values()] == ["Till 7"]
    assert problems == []


async def test_two_people_take_turns_at_one_till(tills: Journey, chromium: Browser):
    problems: list[str] = []
    people = tills.provider.realm.users
    tills.router.pins |= {people[CASHIER].id: "7294", people[MANAGER].id: "8391"}
    async with new_page(chromium, problems) as page:
        await enrolled(page, chromium, tills, problems)
        await at_work(page, CASHIER)
        await page.get_by_role("button", name="Lock", exact=True).click()
        await at_work(page, MANAGER)
        await page.get_by_role("button", name="Lock", exact=True).click()
        await page.get_by_role("button", name="Chloe Barnes").click()
        await page.get_by_label("PIN", exact=True).fill("7294")
        await page.get_by_role("button", name="Unlock").click()
        await expect(page.get_by_text("The till is open")).to_be_visible()
        heading = await page.get_by_role("heading", level=1).inner_text()

    assert heading == "Chloe Barnes"
    assert problems == []


async def test_a_reloaded_till_is_as_it_was_and_a_revoked_one_is_none(tills: Journey, chromium: Browser):
    problems: list[str] = []
    async with new_page(chromium, problems) as page:
        await enrolled(page, chromium, tills, problems)
        await at_work(page, CASHIER)
        await page.reload()
        await expect(page.get_by_text("The till is open")).to_be_visible()
        for device in tills.router.devices.values():
            device["status"] = "REVOKED"
        await page.get_by_role("button", name="Lock", exact=True).click()
        # an answer about the device counts for half a second; the page looks again every ten
        removed = page.get_by_role("heading", name="This till was removed")
        await expect(removed).to_be_visible(timeout=20_000)
        await page.reload()
        await expect(page.get_by_role("heading", name="not a till yet")).to_be_visible()

    assert problems == []


async def test_a_used_code_and_a_wrong_one_are_refused_in_the_readers_language(tills: Journey, chromium: Browser):
    problems: list[str] = []
    async with new_page(chromium, problems, "de-DE") as page:
        await page.goto(f"{tills.bff}/till/screen")
        await page.get_by_label("Einmalcode").fill("ABCDE-FGHJK")
        await page.get_by_role("button", name="Als Kasse einrichten").click()
        told = await page.get_by_role("alert").inner_text()

    assert told == "Dieser Code ist unbekannt, verbraucht oder zu alt. Fragen Sie Ihre Filialleitung nach einem neuen."
    assert tills.router.devices == {}
    assert problems == []
