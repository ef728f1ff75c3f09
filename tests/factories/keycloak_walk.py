"""Every page of Keycloak that people see, one after the other, in a real Chromium."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from playwright.async_api import BrowserContext, Page

from bff.session.pkce import new_verifier
from cli.development_provider.ledger import OTP
from cli.development_provider.one_time_codes import code_at
from tests.factories.bff import LUMEN
from tests.factories.keycloak import Keycloak
from tests.factories.page_walk import press
from tests.factories.sign_in import SignInWorld

_PASSWORD = "a password of the walk"
_CHOSEN = "another password of the walk"
_CONSENT = "asks-for-consent"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to choose a password and to verify the address."""

    keycloak: Keycloak
    user_id: str
    username: str

    async def verify(self) -> None:
        await self.keycloak.admin("PUT", f"/users/{self.user_id}", {"emailVerified": True, "requiredActions": []})


async def walk_keycloak(
    world: SignInWorld, keycloak: Keycloak, context: BrowserContext
) -> AsyncIterator[tuple[str, Page]]:
    """Each page by name, in the language of the context; person and client are of this walk and gone afterwards."""
    page = await context.new_page()
    async with _newcomer(keycloak) as newcomer, _client_with_consent(world, keycloak):
        async for name in _of_nobody(world, page):
            yield name, page
        async for name in _of_a_newcomer(world, page, newcomer):
            yield name, page
        async for name in _of_somebody(world, page, newcomer.username):
            yield name, page
    await context.close()


async def _of_nobody(world: SignInWorld, page: Page) -> AsyncIterator[str]:
    await page.goto(world.endpoint("auth", is_public=True))
    yield "keycloak-refused"
    await page.goto(f"{world.bff}/auth/login")
    yield "keycloak-login"
    await _sign_in(page, "nobody@lumen.example", "wrong")
    yield "keycloak-login-failed"
    await press(page, "a[href*=reset-credentials]")
    yield "keycloak-password-forgotten"


async def _of_a_newcomer(world: SignInWorld, page: Page, newcomer: Newcomer) -> AsyncIterator[str]:
    await page.goto(f"{world.bff}/auth/login")
    await _sign_in(page, newcomer.username, _PASSWORD)
    yield "keycloak-password"
    await page.locator("#password-new").fill(_CHOSEN)
    await page.locator("#password-confirm").fill("not the same")
    await press(page, "#kc-submit")
    yield "keycloak-password-refused"
    await page.locator("#password-new").fill(_CHOSEN)
    await page.locator("#password-confirm").fill(_CHOSEN)
    await press(page, "#kc-submit")
    yield "keycloak-verify-email"
    await newcomer.verify()


async def _of_somebody(world: SignInWorld, page: Page, username: str) -> AsyncIterator[str]:
    await page.goto(world.authorization_url(new_verifier(), client_id=_CONSENT, acr_values=OTP))
    await _sign_in(page, username, _CHOSEN)
    yield "keycloak-one-time-code-set-up"
    await press(page, "#mode-manual")
    yield "keycloak-one-time-code-by-hand"
    secret = await page.locator("input[name=totpSecret]").input_value()
    await page.locator("#totp").fill(code_at(secret.encode(), time.time()))
    await page.locator("#userLabel").fill("app")
    await press(page, "#saveTOTPBtn")
    yield "keycloak-consent"
    await press(page, "#kc-cancel")
    await page.goto(world.authorization_url(new_verifier(), acr_values=OTP, prompt="login"))
    await _sign_in(page, username, _CHOSEN)
    yield "keycloak-one-time-code"
    await page.locator("input[name=otp]").fill("000000")
    await press(page, "#kc-login")
    yield "keycloak-one-time-code-failed"
    await page.goto(world.endpoint("logout", is_public=True))
    yield "keycloak-sign-out-question"
    await press(page, "#kc-logout")
    yield "keycloak-signed-out"


async def _sign_in(page: Page, username: str, password: str) -> None:
    if await page.locator("input#username").count():
        await page.locator("input#username").fill(username)
    await page.locator("input#password").fill(password)
    await press(page, "#kc-login")


@asynccontextmanager
async def _newcomer(keycloak: Keycloak) -> AsyncIterator[Newcomer]:
    username = f"walk-{uuid4()}@lumen.example"
    person = {
        "username": username,
        "email": username,
        "firstName": "Wanda",
        "lastName": "Walker",
        "enabled": True,
        "attributes": {"tenant_id": [LUMEN]},
        "credentials": [{"type": "password", "value": _PASSWORD}],
        "requiredActions": ["UPDATE_PASSWORD"],
    }
    user_id = _id_in(await keycloak.admin("POST", "/users", person))
    try:
        yield Newcomer(keycloak, user_id, username)
    finally:
        await keycloak.admin("DELETE", f"/users/{user_id}")


@asynccontextmanager
async def _client_with_consent(world: SignInWorld, keycloak: Keycloak) -> AsyncIterator[None]:
    client = {
        "clientId": _CONSENT,
        "name": "Stock watch",
        "publicClient": True,
        "consentRequired": True,
        "attributes": {"display.on.consent.screen": "true", "consent.screen.text": "${profileScopeConsentText}"},
        "redirectUris": [f"{world.bff}/auth/callback"],
    }
    client_id = _id_in(await keycloak.admin("POST", "/clients", client))
    try:
        yield
    finally:
        await keycloak.admin("DELETE", f"/clients/{client_id}")


def _id_in(place: str) -> str:
    return place.rpartition("/")[2]
