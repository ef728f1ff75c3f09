"""What axe-core finds on a page."""

from pathlib import Path

from playwright.async_api import Page

# WCAG 2.2 AA and axe's best practices; the page is the whole document
_RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""


async def violations(page: Page, axe: Path) -> list[str]:
    """Each violation of the page as it stands, by rule and element; `axe` is the library's file."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=axe)
    return await page.evaluate(_RUN)
