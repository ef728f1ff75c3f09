"""What is wrong with a page as people meet it: by axe-core in both colour schemes, and on the smallest screen."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.factories.bff import ROOT

USUAL: ViewportSize = {"width": 800, "height": 560}
SMALLEST: ViewportSize = {"width": 320, "height": 640}
_PICTURES = ROOT / "docs" / "images" / "pages"
_EVERYTHING: Mapping[str, Any] = {"resultTypes": ["violations"]}
# what else there is to find does not depend on colours
_CONTRAST: Mapping[str, Any] = {**_EVERYTHING, "runOnly": ["color-contrast"]}
_RUN = """async (options) => (await axe.run(document, options)).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""


async def violations(page: Page, axe: str, options: Mapping[str, Any] = _EVERYTHING) -> list[str]:
    """Each violation of the page as it stands, by rule and element; `axe` is the library's script."""
    if not await page.evaluate("'axe' in window"):
        # past the page's policy, which lets no script in
        await page.evaluate(axe)
    return await page.evaluate(_RUN, options)


@dataclass
class Inspection:
    """Looks at pages in one language; `own` are the origins they may load from.

    With RETAILFLOW_SCREENSHOT the pages in `pictured` (name, language, colour scheme) are kept for the documentation.
    """

    axe: str
    language: str
    own: Collection[str]
    pictured: Collection[tuple[str, str, str]]
    found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    headings: dict[str, str] = field(default_factory=dict[str, str])
    foreign: list[str] = field(default_factory=list[str])

    def watch(self, context: BrowserContext) -> BrowserContext:
        """Hear what pages of this context load, and what their console complains about."""
        context.on("request", lambda asked: self._load(asked.url))
        context.on("console", self._hear)
        return context

    async def look(self, name: str, page: Page) -> None:
        """Find what is wrong with the page that is shown now."""
        assert await page.locator("html").get_attribute("lang") == self.language
        # the style sheet is in force
        assert await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "1080px"
        self.headings[name] = await page.locator("h1:visible").inner_text()
        for scheme, options in (("light", _EVERYTHING), ("dark", _CONTRAST)):
            await page.emulate_media(color_scheme=scheme)
            if "RETAILFLOW_SCREENSHOT" in os.environ and (name, self.language, scheme) in self.pictured:
                await page.evaluate("scrollTo(0, 0)")
                await page.screenshot(path=_PICTURES / f"{name}-{self.language}-{scheme}.png")
            self._note(f"{name}, {scheme}", await violations(page, self.axe, options))
        await page.set_viewport_size(SMALLEST)
        width = await page.evaluate("document.documentElement.scrollWidth")
        await page.set_viewport_size(USUAL)
        self._note(f"{name}, small", [f"{width} pixels wide"] if width > SMALLEST["width"] else [])

    def _note(self, what: str, complaints: list[str]) -> None:
        if complaints:
            self.found[what] = complaints

    def _load(self, url: str) -> None:
        if not url.startswith((*(f"{origin}/" for origin in self.own), "data:", "about:")):
            self.foreign.append(url)

    def _hear(self, told: ConsoleMessage) -> None:
        # that a page is a refusal is told there, too
        if told.type in {"error", "warning"} and "Failed to load resource" not in told.text:
            self._note(f"console of {told.page.url if told.page else 'a page'}", [told.text])
