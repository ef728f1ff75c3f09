"""The pages of a real Keycloak in a real Chromium: our look, the reader's language, accessible, nothing from elsewhere.

`RETAILFLOW_SCREENSHOT=1` makes the pictures of docs/images anew.
"""

import pytest
from playwright.async_api import Browser as Chromium

from bff.pages.languages import Language
from tests.factories.accessibility import USUAL, Inspection
from tests.factories.keycloak_walk import walk_keycloak
from tests.factories.sign_in import KeycloakIdentity, SignInWorld

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.node,
    pytest.mark.parametrize("world", [pytest.param("keycloak", marks=pytest.mark.java)], indirect=True),
]

PICTURED = {
    ("keycloak-login", "de", "light"),
    ("keycloak-login", "de", "dark"),
    ("keycloak-one-time-code-set-up", "en", "light"),
    ("keycloak-consent", "ja", "light"),
}
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


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_is_ours_and_accessible(world: SignInWorld, browser: Chromium, axe: str, language: Language):
    assert isinstance(world.provider, KeycloakIdentity)
    keycloak = world.provider.keycloak
    inspection = Inspection(axe, language, (keycloak.public_url, world.bff), PICTURED)
    context = inspection.watch(await browser.new_context(locale=language, viewport=USUAL))
    titles: set[str] = set()

    async for name, page in walk_keycloak(world, keycloak, context):
        titles.add(await page.title())
        await inspection.look(name, page)

    assert inspection.found == {}
    assert inspection.foreign == []
    assert titles == {TITLES[language]}
    assert {name: inspection.headings[name] for name in HEADINGS[language]} == HEADINGS[language]
    assert len(inspection.headings) == 14
