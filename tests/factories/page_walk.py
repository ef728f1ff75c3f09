"""Every page of the web BFF and of the development provider, one after the other, in a real Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, async_playwright
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.session.pkce import challenge_of, new_verifier
from cli.development_provider.ledger import OTP
from cli.development_provider.realm import User
from cli.optional_tools import chromium_program
from tests.factories.bff import CASHIER, OWNER, PASSWORD, Journey, journey
from tests.factories.several_tenants import SECOND, person_of_two_tenants

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def world_of_pages(redis_url: str, state_folder: Path) -> AsyncIterator[Journey]:
    """The web BFF and its provider, with an address for each refusal that has a page."""
    async with journey(redis_url, state_folder) as world:
        world.apps[0].router.routes.insert(0, Route("/refused/{status:int}", _refused))
        yield world


async def _refused(request: Request) -> Response:
    raise HTTPException(request.path_params["status"])


async def walk(world: Journey, context: BrowserContext) -> AsyncIterator[tuple[str, Page]]:
    """Each page by name, in the language of the context; nobody is signed in at the end."""
    page = await context.new_page()
    async for name in _pages(world, page):
        yield name, page
    await context.close()


async def _pages(world: Journey, page: Page) -> AsyncIterator[str]:
    async for name in _of_nobody(world, page):
        yield name
    async for name in _of_the_provider(world, page):
        yield name
    async for name in _of_somebody(world, page):
        yield name


async def _of_nobody(world: Journey, page: Page) -> AsyncIterator[str]:
    await page.goto(f"{world.bff}/")
    yield "welcome"
    await page.goto(f"{world.bff}/auth/signed-out")
    yield "signed-out"
    await page.goto(f"{world.bff}/auth/callback?state=unknown")
    yield "sign-in-refused"
    for status in (401, 404, 429, 500, 503):
        await page.goto(f"{world.bff}/refused/{status}")
        yield f"refused-{status}"


async def _of_the_provider(world: Journey, page: Page) -> AsyncIterator[str]:
    await page.goto(f"{world.provider_url}/")
    yield "provider"
    await page.goto(f"{world.provider.issuer}/protocol/openid-connect/auth")
    yield "provider-refused"
    user = world.provider.accounts.create(User(username=f"invited-{uuid4()}"))
    link = f"{world.provider.issuer}/login-actions/action-token?key={world.provider.accounts.link_for(user)}"
    await page.goto(link)
    yield "provider-password"
    await page.locator("input[name=password]").fill("a long enough password")
    await press(page, "form button")
    yield "provider-password-set"
    await page.goto(link)
    yield "provider-link-old"
    await page.goto(f"{world.bff}/auth/login")
    yield "login"
    await sign_in(page, CASHIER, "wrong")
    yield "login-failed"


async def _of_somebody(world: Journey, page: Page) -> AsyncIterator[str]:
    await sign_in(page, CASHIER, PASSWORD)
    await page.goto(f"{world.bff}/graphiql")
    yield "not-allowed"
    await page.goto(_asking_for_a_code(world))
    yield "one-time-code"
    await page.locator("input[name=code]").fill("000000")
    await press(page, "form button")
    yield "one-time-code-failed"
    await page.goto(f"{world.provider.issuer}/protocol/openid-connect/logout")
    yield "sign-out-question"
    await press(page, "form button")
    yield "provider-signed-out"
    await page.goto(f"{world.bff}/auth/login")
    await sign_in(page, OWNER, PASSWORD)
    yield "start"
    await page.goto(f"{world.bff}/auth/devices")
    yield "devices"
    await page.goto(f"{world.bff}/graphiql")
    yield "graphiql-missing"
    await page.goto(f"{world.bff}/")
    await press(page, "form[action='/auth/logout'] button")
    await page.goto(f"{world.bff}/auth/login")
    await sign_in(page, person_of_two_tenants(world, second="Café Ōmi").username, PASSWORD)
    yield "tenants"
    await press(page, f"form:has(input[value='{SECOND}']) button")
    assert page.url == f"{world.bff}/"
    await press(page, "form[action='/auth/logout'] button")


async def sign_in(page: Page, username: str, password: str) -> None:
    await page.locator("input[name=username]").fill(username)
    await page.locator("input#password").fill(password)
    await press(page, "form:has(input#password) button[type=submit]")


async def press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that."""
    async with page.expect_navigation():
        await page.locator(button).click()


def _asking_for_a_code(world: Journey) -> str:
    query = {
        "response_type": "code",
        "client_id": world.client_id,
        "redirect_uri": f"{world.settings.public_url}/auth/callback",
        "scope": "openid profile",
        "code_challenge": challenge_of(new_verifier()),
        "code_challenge_method": "S256",
        "acr_values": OTP,
    }
    return f"{world.provider.issuer}/protocol/openid-connect/auth?{urlencode(query)}"
