"""Every state of the till's page and the pages that enrol it, one after the other, in a real Chromium."""

from collections.abc import AsyncIterator

from playwright.async_api import BrowserContext, Page, expect

from tests.factories.bff import CASHIER, PASSWORD, Journey
from tests.factories.page_walk import press, sign_in

_MANAGER = "manager@lumen.example"


async def walk_till(
    tills: Journey, managers: BrowserContext, context: BrowserContext
) -> AsyncIterator[tuple[str, Page]]:
    """Each page and state by name, in the language of the contexts: a manager's browser and the till's own."""
    managers_page, page = await managers.new_page(), await context.new_page()
    async for name in _of_a_manager(tills, managers_page):
        yield name, managers_page
    address = await managers_page.locator("a[href*='#enrol=']").get_attribute("href") or ""
    async for name in _of_a_till(tills, page, address):
        yield name, page
    await managers.close()
    await context.close()


async def _of_a_manager(tills: Journey, page: Page) -> AsyncIterator[str]:
    await page.goto(f"{tills.bff}/device/enrolment")
    await sign_in(page, _MANAGER, PASSWORD)
    # the development provider shows the one-time code
    await page.locator("#code").fill(await page.locator("code").inner_text())
    await press(page, "form:has(#code) button")
    await page.locator("#name").wait_for()
    yield "enrolment"
    await page.locator("#name").fill("Till 7")
    await press(page, "form[action='/device/enrolment'] button")
    yield "enrolment-code"
    await page.evaluate("document.getAnimations().forEach(one => one.finish())")
    await expect(page.locator(".when-ended")).to_be_visible()
    await expect(page.locator(".code")).to_be_hidden()
    yield "enrolment-code-ended"


async def _of_a_till(tills: Journey, page: Page, address: str) -> AsyncIterator[str]:
    await page.goto(f"{tills.bff}/till/screen")
    await _shown(page, "not_enrolled")
    yield "till-not-enrolled"
    await page.locator("#code").fill("ABCDE-FGHJK")
    await page.locator("#redeem button").click()
    await expect(page.locator("#problem")).to_be_visible()
    yield "till-code-refused"
    # another address but for its fragment: the page is loaded anew
    await page.goto("about:blank")
    await page.goto(address)
    await _shown(page, "people")
    yield "till-nobody"
    await page.locator("[data-state=people] a").click()
    await page.wait_for_url("**/protocol/openid-connect/auth?*")
    await sign_in(page, CASHIER, PASSWORD)
    await _shown(page, "at_work")
    yield "till-open"
    await page.locator("#choose-pin").click()
    await _shown(page, "new_pin")
    yield "till-new-pin"
    await page.locator("[data-state=new_pin] [data-back]").click()
    await _shown(page, "at_work")
    await page.locator("#lock").click()
    await _shown(page, "people")
    yield "till-locked"
    await page.locator(".person").click()
    await _shown(page, "pin")
    yield "till-pin"
    await page.route(f"{tills.bff}/till", lambda route: route.abort())
    await page.goto(f"{tills.bff}/till/screen")
    await _shown(page, "unreachable")
    yield "till-unreachable"
    await page.unroute(f"{tills.bff}/till")
    for device in tills.router.devices.values():
        device["status"] = "REVOKED"
    await page.goto(f"{tills.bff}/till/screen")
    await _shown(page, "removed")
    yield "till-removed"


async def _shown(page: Page, state: str) -> None:
    await expect(page.locator(f"[data-state={state}]")).to_be_visible(timeout=15_000)
