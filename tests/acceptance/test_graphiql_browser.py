"""GraphiQL in a real Chromium, behind the real login, with a small graph in the router's place."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import build_schema, graphql
from playwright.async_api import Browser as Chromium
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.assets import ensure_graphiql
from cli.embedded.redis import RedisServer
from cli.optional_tools import chromium_program
from tests.factories.bff import (
    CASHIER,
    OWNER,
    PASSWORD,
    SESSION_COOKIE,
    Journey,
    free_socket,
    journey,
    origin_of,
    serving,
)

pytestmark = [pytest.mark.chromium, pytest.mark.node]

ROOT = Path(__file__).parents[2]
SCREENSHOT = os.environ.get("RETAILFLOW_SCREENSHOT")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SDL = """
"Money as a decimal in one currency."
type Money { amount: String!, currencyCode: String! }
"What can be promised to a buyer now."
type Availability { available: Int! }
"One sellable form of a product."
type ProductVariant { sku: String!, price: Money!, availability: Availability! }
"Something a shop sells."
type Product { name: String!, variants: [ProductVariant!]! }
type ProductConnection { nodes: [Product!]! }
type Order { number: String!, status: String! }
type OrderConnection { nodes: [Order!]! }
type User { username: String! }
type Query {
  "Products of your tenant."
  products(first: Int!): ProductConnection!
  productSearch(query: String!, first: Int!): ProductConnection!
  orders(first: Int!): OrderConnection!
  me: User
}
"""
PRODUCTS = {
    "products": {
        "nodes": [
            {
                "name": name,
                "variants": [
                    {
                        "sku": sku,
                        "price": {"amount": amount, "currencyCode": "GBP"},
                        "availability": {"available": available},
                    }
                ],
            }
            for name, sku, amount, available in (
                ("Linen cushion", "CUS-LIN-01", "24.00", 42),
                ("Oak desk lamp", "LMP-OAK-01", "59.50", 7),
                ("Stoneware mug", "MUG-STN-01", "12.00", 180),
            )
        ]
    }
}


async def answer(request: Request) -> Response:
    asked = await request.json()
    assert request.headers["authorization"].startswith("Bearer ")
    result = await graphql(build_schema(SDL), asked["query"], PRODUCTS, operation_name=asked.get("operationName"))
    return JSONResponse(result.formatted, media_type="application/graphql-response+json")


@pytest.fixture(scope="module")
async def world(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = ensure_graphiql(ROOT / ".retailflow")
    listening = free_socket()
    graph = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    state = tmp_path_factory.mktemp("provider")
    async with (
        serving(graph, listening),
        journey(
            redis_server.url_of(2), state, graphiql_folder=folder, router_url=f"{origin_of(listening)}/graphql"
        ) as built,
    ):
        yield built


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(chromium: Chromium) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1440, "height": 900})
    yield await context.new_page()
    await context.close()


async def sign_in(page: Page, username: str) -> None:
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_an_owner_signs_in_and_runs_an_example(world: Journey, page: Page):
    complaints: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: complaints.append(complaint(message)) if complaint(message) else None)
    page.on("request", lambda request: foreign.append(request.url) if not is_ours(world, request.url) else None)

    await page.goto(f"{world.bff}/graphiql")
    await expect(page.get_by_text("Development only.")).to_be_visible()
    await sign_in(page, OWNER)
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("availability", timeout=20_000)
    await page.get_by_role("button", name=re.compile("Execute query")).click()

    await expect(page.locator(".graphiql-response")).to_contain_text("LMP-OAK-01", timeout=20_000)
    await expect(page.get_by_text(OWNER)).to_be_visible()
    assert page.url == f"{world.bff}/graphiql"
    assert complaints == []
    assert foreign == []
    if SCREENSHOT:
        await page.mouse.move(0, 0)
        await page.screenshot(path=ROOT / "docs" / "images" / "graphiql.png")


async def test_the_browser_holds_a_host_cookie_and_no_token(world: Journey, page: Page):
    await page.goto(f"{world.bff}/graphiql")
    await sign_in(page, OWNER)
    await expect(page.get_by_text(OWNER)).to_be_visible()

    cookies = {cookie["name"]: cookie for cookie in await page.context.cookies()}
    readable = await page.evaluate("() => document.cookie + JSON.stringify({...localStorage, ...sessionStorage})")
    html = await page.content()

    session = cookies[SESSION_COOKIE]
    assert (session["secure"], session["httpOnly"], session["sameSite"], session["path"]) == (True, True, "Lax", "/")
    assert "eyJ" not in readable + html
    assert session["value"] not in readable + html


async def test_an_example_opens_in_a_tab_of_its_own(world: Journey, page: Page):
    await page.goto(f"{world.bff}/graphiql")
    await sign_in(page, OWNER)
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("availability", timeout=20_000)

    await page.get_by_role("button", name="Show Examples").click()
    tabs = await page.get_by_role("tab").count()
    await page.get_by_role("button", name=re.compile("Who am I")).click()

    await expect(page.get_by_role("tab")).to_have_count(tabs + 1)
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("query Me")


async def test_a_cashier_may_not_open_graphiql(world: Journey, page: Page):
    await page.goto(f"{world.bff}/graphiql")
    await sign_in(page, CASHIER)

    await expect(page.get_by_role("heading")).to_have_text("GraphiQL is not for your role")


async def test_signing_out_by_the_form_ends_the_session(world: Journey, page: Page):
    await page.goto(f"{world.bff}/auth/login")
    await sign_in(page, OWNER)
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("heading")).to_have_text("You are signed out")
    assert SESSION_COOKIE not in {cookie["name"] for cookie in await page.context.cookies()}


def complaint(message: ConsoleMessage) -> str:
    return message.text if message.type in {"error", "warning"} else ""


def is_ours(world: Journey, url: str) -> bool:
    return url.startswith((world.bff, world.provider_url, "data:", "blob:"))
