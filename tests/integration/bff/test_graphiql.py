"""Who may see GraphiQL, and what its page allows."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.factories.bff import ADMIN, CASHIER, OWNER, Journey, journey, policy_of


@pytest.fixture(scope="module")
async def web(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider")) as built:
        yield built


@pytest.fixture(scope="module")
async def with_graphiql(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = tmp_path_factory.mktemp("graphiql")
    (folder / "assets").mkdir()
    (folder / "assets" / "index-1.js").write_text("run()")
    (folder / "index.html").write_text('<script nonce="__CSP_NONCE__" src="/graphiql/assets/index-1.js"></script>')
    state = tmp_path_factory.mktemp("provider")
    async with journey(redis_url, state, graphiql_folder=folder) as built:
        yield built


@pytest.mark.parametrize("username", [OWNER, ADMIN])
async def test_graphiql_opens_with_a_fresh_nonce_each_time(with_graphiql: Journey, username: str):
    browser = await with_graphiql.signed_in(username)

    pages = [await browser.get(f"{with_graphiql.bff}/graphiql") for _ in range(2)]

    nonces = [re.search(r'nonce="([^"]+)"', page.text)[1] for page in pages]
    assert len(set(nonces)) == 2
    for page, nonce in zip(pages, nonces, strict=True):
        policy = policy_of(page)
        assert policy["script-src"] == ["'self'", f"'nonce-{nonce}'"]
        assert policy["style-src"] == ["'self'", f"'nonce-{nonce}'"]
        assert {name for name, sources in policy.items() if "'unsafe-inline'" in sources} == {"style-src-attr"}
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


async def test_without_the_build_graphiql_says_what_to_do_and_the_graph_answers(web: Journey):
    browser = await web.signed_in(OWNER)

    page = await browser.get(f"{web.bff}/graphiql")
    graph = await web.graphql(browser)

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


async def test_n46_a_probes_user_agent_opens_no_page(web: Journey):
    page = await web.browser().get(f"{web.bff}/graphiql", headers={"user-agent": "kube-probe/1.32"})

    assert (page.status, page.headers["location"]) == (303, "/auth/login?return_to=%2Fgraphiql")
