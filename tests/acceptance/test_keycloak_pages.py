"""The pages of a real Keycloak in a real Chromium: our look, the reader's language, accessible, nothing from elsewhere.

`RETAILFLOW_SCREENSHOT=1` makes the pictures of docs/images anew.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from bff.pages.languages import Language
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.accessibility import violations
from tests.factories.bff import ROOT
from tests.factories.keycloak_walk import walk_keycloak
from tests.factories.page_walk import chromium
from tests.factories.sign_in import KeycloakIdentity, SignInWorld

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.node,
    pytest.mark.parametrize("world", [pytest.param("keycloak", marks=pytest.mark.java)], indirect=True),
]

SCREENSHOT = os.environ.get("RETAILFLOW_SCREENSHOT")
PICTURED = {
    ("keycloak-login", "de", "light"),
    ("keycloak-login", "de", "dark"),
    ("keycloak-one-time-code-set-up", "en", "light"),
    ("keycloak-consent", "ja", "light"),
}
USUAL, SMALLEST = {"width": 800, "height": 560}, {"width": 320, "height": 640}
TITLES = {"de": "Anmeldung bei RetailFlow", "en": "Sign in to RetailFlow", "ja": "RetailFlowにサインイン"}
HEADINGS = {
    "de": {
        "keycloak-login": "Anmelden",
        "keycloak-consent": "Zugang zu Stock watch gewähren",
        "keycloak-one-time-code-set-up": "Authenticator-App einrichten",
        "keycloak-signed-out": "Sie sind abgemeldet.",
    },
    "en": {
        "keycloak-login": "Sign in",
        "keycloak-consent": "Grant Access to Stock watch",
        "keycloak-one-time-code-set-up": "Mobile Authenticator Setup",
        "keycloak-signed-out": "You are logged out",
    },
    "ja": {
        "keycloak-login": "サインイン",
        "keycloak-consent": "Stock watchへのアクセスを許可",
        "keycloak-one-time-code-set-up": "認証アプリの設定",
        "keycloak-signed-out": "サインアウトしました",
    },
}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as started:
        yield started


@pytest.fixture(scope="module")
async def axe() -> Path:
    peer = await install_node_peer(ROOT / "web" / "axe")
    return peer.modules / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_is_ours_and_accessible(world: SignInWorld, browser: Chromium, axe: Path, language: Language):
    assert isinstance(world.provider, KeycloakIdentity)
    keycloak = world.provider.keycloak
    context = await browser.new_context(locale=language, bypass_csp=True, viewport=USUAL)
    foreign: list[str] = []
    context.on("request", lambda one: None if one.url.startswith(own) else foreign.append(one.url))
    own = (f"{keycloak.public_url}/", f"{world.bff}/", "data:")
    found: dict[str, list[str]] = {}
    headings: dict[str, str] = {}

    async for name, page in walk_keycloak(world, keycloak, context):
        assert await page.locator("html").get_attribute("lang") == language
        assert await page.title() == TITLES[language]
        headings[name] = await page.locator("h1").inner_text()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            if SCREENSHOT and (name, language, scheme) in PICTURED:
                await page.evaluate("scrollTo(0, 0)")
                await page.screenshot(path=ROOT / "docs" / "images" / "pages" / f"{name}-{language}-{scheme}.png")
            found[f"{name}, {scheme}"] = await violations(page, axe)
        found[f"{name}, small"] = await _what_does_not_fit(page)

    assert {what: complaints for what, complaints in found.items() if complaints} == {}
    assert {name: headings[name] for name in HEADINGS[language]} == HEADINGS[language]
    assert len(headings) == 14
    assert foreign == []


async def _what_does_not_fit(page: Page) -> list[str]:
    await page.set_viewport_size(SMALLEST)
    width = await page.evaluate("document.documentElement.scrollWidth")
    await page.set_viewport_size(USUAL)
    return [f"{width} pixels wide"] if width > SMALLEST["width"] else []
