"""The pages of the BFF and who may see GraphiQL."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.factories.web_bff import ADMIN, CASHIER, OWNER, Journey, journey


@pytest.fixture(scope="module")
async def with_graphiql(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = tmp_path_factory.mktemp("graphiql")
    (folder / "assets").mkdir()
    (folder / "assets" / "index-1.js").write_text("run()")
    (folder / "index.html").write_text('<script nonce="__CSP_NONCE__" src="/graphiql/assets/index-1.js"></script>')
    state = tmp_path_factory.mktemp("provider")
    async with journey(redis_url, state, graphiql_folder=folder) as built:
        yield built


async def test_the_start_page_offers_sign_in_then_shows_who_is_signed_in(world: Journey):
    before = await world.browser().get(f"{world.bff}/")
    after = await (await world.signed_in(CASHIER)).get(f"{world.bff}/")

    assert 'href="/auth/login"' in before.text
    assert "Hello, Chloe Barnes" in after.text
    assert 'href="/graphiql"' not in after.text


async def test_pages_forbid_scripts_frames_and_foreign_forms(world: Journey):
    page = await world.browser().get(f"{world.bff}/")

    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'")
    assert f"form-action 'self' {world.provider_url}" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in page.headers
    assert not re.search(r"<script|style=|https?://(?!www\.w3\.org)", page.text)


@pytest.mark.parametrize("username", [OWNER, ADMIN])
async def test_graphiql_opens_with_a_fresh_nonce_each_time(with_graphiql: Journey, username: str):
    browser = await with_graphiql.signed_in(username)

    pages = [await browser.get(f"{with_graphiql.bff}/graphiql") for _ in range(2)]

    nonces = [re.search(r'nonce="([^"]+)"', page.text)[1] for page in pages]
    assert len(set(nonces)) == 2
    for page, nonce in zip(pages, nonces, strict=True):
        assert f"script-src 'self' 'nonce-{nonce}';" in page.headers["content-security-policy"]
        assert "unsafe-eval" not in page.headers["content-security-policy"]


async def test_graphiql_needs_the_scope(with_graphiql: Journey):
    browser = await with_graphiql.signed_in(CASHIER)

    page = await browser.get(f"{with_graphiql.bff}/graphiql")

    assert page.status == 403
    assert "platform:explore" in page.text


async def test_graphiql_asks_to_sign_in_and_comes_back(with_graphiql: Journey):
    page = await with_graphiql.browser().get(f"{with_graphiql.bff}/graphiql")

    assert (page.status, page.headers["location"]) == (303, "/auth/login?return_to=%2Fgraphiql")


async def test_assets_are_cached_for_good_and_nothing_else_is_served(with_graphiql: Journey):
    browser = with_graphiql.browser()

    asset = await browser.get(f"{with_graphiql.bff}/graphiql/assets/index-1.js")
    others = [
        await browser.get(f"{with_graphiql.bff}/graphiql/assets/{path}")
        for path in ("missing.js", "../index.html", "%2e%2e/index.html", "..%2f..%2fetc/passwd")
    ]

    assert (asset.status, asset.text) == (200, "run()")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert {answer.status for answer in others} == {404}


async def test_without_the_build_graphiql_says_what_to_do_and_the_graph_answers(world: Journey):
    browser = await world.signed_in(OWNER)

    page = await browser.get(f"{world.bff}/graphiql")
    graph = await world.graphql(browser)

    assert page.status == 503
    assert "./retailflow build-graphiql" in page.text
    assert graph.status == 200


async def test_graphiql_can_be_built_while_the_bff_runs(redis_url: str, tmp_path: Path):
    folder = tmp_path / "graphiql"
    async with journey(redis_url, tmp_path, graphiql_folder=folder) as world:
        browser = await world.signed_in(OWNER)
        before = [await browser.get(f"{world.bff}{path}") for path in ("/graphiql", "/graphiql/assets/a.js")]
        (folder / "assets").mkdir(parents=True)
        (folder / "assets" / "a.js").write_text("run()")
        (folder / "index.html").write_text("<p>GraphiQL</p>")

        after = [await browser.get(f"{world.bff}{path}") for path in ("/graphiql", "/graphiql/assets/a.js")]

        assert [answer.status for answer in before] == [503, 404]
        assert [answer.status for answer in after] == [200, 200]


async def test_names_are_escaped(world: Journey):
    browser = await world.signed_in(CASHIER)
    session = await world.session_of(browser)
    stored = type(session)(**{name: getattr(session, name) for name in session.__slots__} | {"name": "<b>&"})
    await world.parts.store.replace(browser.cookies["__Host-retailflow-session"], stored)

    page = await browser.get(f"{world.bff}/")

    assert "Hello, &lt;b&gt;&amp;" in page.text


async def test_over_tls_browsers_are_told_to_stay_there(redis_url: str, tmp_path: Path):
    async with journey(redis_url, tmp_path, web_url="https://shop.example") as world:
        page = await world.browser().get(f"{world.bff}/")

        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_the_bff_is_ready_when_redis_and_the_provider_answer(world: Journey):
    answer = await world.browser().get(f"{world.bff}/health/ready")

    assert answer.status == 200
    assert answer.json()["details"] == {"sessions": "ok", "identity_provider": "ok"}
