"""Every page in a real Chromium: accessible in each language and colour scheme, on small screens, by keyboard.

`RETAILFLOW_SCREENSHOT=1` makes the pictures of docs/images anew.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from bff.pages.languages import Language
from cli.embedded.redis import RedisServer
from tests.factories.accessibility import USUAL, Inspection, violations
from tests.factories.bff import POS, Journey, journey
from tests.factories.page_walk import walk, world_of_pages
from tests.factories.till_walk import walk_till

pytestmark = [pytest.mark.chromium, pytest.mark.node]

EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))
PICTURED = {
    ("welcome", "de", "light"),
    ("login", "en", "light"),
    ("login", "en", "dark"),
    ("one-time-code", "de", "light"),
    ("start", "en", "light"),
    ("devices", "ja", "light"),
    ("tenants", "en", "light"),
    ("refused-404", "de", "dark"),
    ("signed-out", "ja", "dark"),
    ("enrolment-code", "en", "light"),
    ("till-locked", "ja", "dark"),
    ("till-pin", "de", "light"),
    ("till-open", "en", "light"),
}


@pytest.fixture(scope="module")
async def world(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with world_of_pages(redis_server.url_of(2), tmp_path_factory.mktemp("provider")) as built:
        yield built


@pytest.fixture(scope="module")
async def tills(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_server.url_of(2), tmp_path_factory.mktemp("provider"), face=POS) as built:
        yield built


def own(world: Journey) -> tuple[str, str]:
    return world.bff, world.provider_url


@EVERY_LANGUAGE
async def test_every_page_is_accessible(world: Journey, browser: Chromium, axe: str, language: Language):
    inspection = Inspection(axe, language, own(world), PICTURED)
    context = inspection.watch(await browser.new_context(locale=language, viewport=USUAL))

    async for name, page in walk(world, context):
        await inspection.look(name, page)

    assert inspection.found == {}
    assert inspection.foreign == []
    assert len(inspection.headings) == 24


@EVERY_LANGUAGE
async def test_the_till_is_accessible_in_each_of_its_states(
    tills: Journey, browser: Chromium, axe: str, language: Language
):
    inspection = Inspection(axe, language, own(tills), PICTURED)
    contexts = [inspection.watch(await browser.new_context(locale=language, viewport=USUAL)) for _ in range(2)]

    async for name, page in walk_till(tills, *contexts):
        await inspection.look(name, page)

    assert inspection.found == {}
    assert inspection.foreign == []
    assert len(inspection.headings) == 12


async def test_what_a_policy_forbids_is_reported(world: Journey, browser: Chromium):
    context = await browser.new_context(viewport=USUAL)
    refused: list[str] = []
    context.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    page = await context.new_page()
    await page.goto(f"{world.bff}/")

    await page.evaluate("document.body.append(document.createElement('script'))")
    await page.evaluate("document.querySelector('body > script').textContent = 'window.isRun = true'")

    assert await page.evaluate("window.isRun") is None
    assert len(refused) == 1
    await context.close()


async def test_what_is_not_accessible_is_found(browser: Chromium, axe: str):
    page = await browser.new_page()
    pale = '<html lang="en"><title>A</title><main><h1 style="color: #ddd">Pale</h1><input></main></html>'
    await page.set_content(pale)

    found = await violations(page, axe)

    assert [complaint.partition(":")[0] for complaint in found] == ["color-contrast", "label"]


async def test_pages_are_used_by_keyboard(world: Journey, browser: Chromium):
    page = await (await browser.new_context(locale="en")).new_page()
    await page.goto(f"{world.bff}/")

    reached = [await _after_tab(page) for _ in range(4)]

    assert [text for text, _ in reached] == ["Skip to content", "RetailFlow", "Sign in", "Explore the graph"]
    assert {outline for _, outline in reached} == {"3px"}


async def _after_tab(page: Page) -> tuple[str, str]:
    await page.keyboard.press("Tab")
    focused = page.locator(":focus")
    return (await focused.inner_text()).strip(), await focused.evaluate("one => getComputedStyle(one).outlineWidth")
