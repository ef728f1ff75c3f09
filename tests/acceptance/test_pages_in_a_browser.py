"""Every page in a real Chromium: accessible in each language and colour scheme, on small screens, by keyboard.

`RETAILFLOW_SCREENSHOT=1` makes the pictures of docs/images anew.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from bff.pages.languages import Language
from cli.embedded.redis import RedisServer
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.accessibility import violations
from tests.factories.bff import ROOT, Journey
from tests.factories.page_walk import chromium, walk, world_of_pages

pytestmark = [pytest.mark.chromium, pytest.mark.node]

SMALLEST = {"width": 320, "height": 640}
USUAL = {"width": 800, "height": 560}
EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))
SCREENSHOT = os.environ.get("RETAILFLOW_SCREENSHOT")
PICTURED = {
    ("welcome", "de", "light"),
    ("login", "en", "light"),
    ("login", "en", "dark"),
    ("one-time-code", "de", "light"),
    ("start", "en", "light"),
    ("devices", "ja", "light"),
    ("refused-404", "de", "dark"),
    ("signed-out", "ja", "dark"),
}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as started:
        yield started


@pytest.fixture(scope="module")
async def world(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with world_of_pages(redis_server.url_of(2), tmp_path_factory.mktemp("provider")) as built:
        yield built


@pytest.fixture(scope="module")
async def axe() -> Path:
    peer = await install_node_peer(ROOT / "web" / "axe")
    return peer.modules / "axe-core" / "axe.min.js"


@EVERY_LANGUAGE
async def test_every_page_is_accessible(world: Journey, browser: Chromium, axe: Path, language: Language):
    context = await browser.new_context(locale=language, bypass_csp=True, viewport=USUAL)
    found: dict[str, list[str]] = {}
    seen: dict[str, str | None] = {}

    async for name, page in walk(world, context):
        seen[name] = await page.locator("html").get_attribute("lang")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            if SCREENSHOT and (name, language, scheme) in PICTURED:
                await page.screenshot(path=ROOT / "docs" / "images" / "pages" / f"{name}-{language}-{scheme}.png")
            found[f"{name}, {scheme}"] = await violations(page, axe)

    assert {what: complaints for what, complaints in found.items() if complaints} == {}
    assert len(seen) == 23
    assert set(seen.values()) == {language}


async def test_no_page_asks_for_what_its_policy_forbids(world: Journey, browser: Chromium):
    context = await browser.new_context(viewport=USUAL)
    refused: list[str] = []
    context.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    styled: dict[str, str] = {}

    async for name, page in walk(world, context):
        styled[name] = await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")

    assert refused == []
    assert len(styled) == 23
    # the style sheet is in force
    assert "none" not in styled.values()


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


async def test_what_is_not_accessible_is_found(browser: Chromium, axe: Path):
    page = await browser.new_page()
    pale = '<html lang="en"><title>A</title><main><h1 style="color: #ddd">Pale</h1><input></main></html>'
    await page.set_content(pale)

    found = await violations(page, axe)

    assert [complaint.partition(":")[0] for complaint in found] == ["color-contrast", "label"]


@EVERY_LANGUAGE
async def test_every_page_fits_the_smallest_screen_and_needs_nothing_from_elsewhere(
    world: Journey, browser: Chromium, language: Language
):
    context = await browser.new_context(locale=language, viewport=SMALLEST)
    foreign: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: None if _is_own(world, request.url) else foreign.append(request.url))
    context.on("console", lambda message: None if "status of" in message.text else complaints.append(message.text))
    too_wide = {name async for name, page in walk(world, context) if await _width(page) > SMALLEST["width"]}

    assert too_wide == set()
    assert foreign == []
    assert complaints == []


async def test_pages_are_used_by_keyboard(world: Journey, browser: Chromium):
    page = await (await browser.new_context(locale="en")).new_page()
    await page.goto(f"{world.bff}/")

    reached = [await _after_tab(page) for _ in range(4)]

    assert [text for text, _ in reached] == ["Skip to content", "RetailFlow", "Sign in", "Explore the graph"]
    assert {outline for _, outline in reached} == {"3px"}


async def _width(page: Page) -> int:
    return await page.evaluate("document.documentElement.scrollWidth")


def _is_own(world: Journey, url: str) -> bool:
    return url.startswith((f"{world.bff}/", f"{world.provider_url}/", "data:"))


async def _after_tab(page: Page) -> tuple[str, str]:
    await page.keyboard.press("Tab")
    focused = page.locator(":focus")
    return (await focused.inner_text()).strip(), await focused.evaluate("one => getComputedStyle(one).outlineWidth")
