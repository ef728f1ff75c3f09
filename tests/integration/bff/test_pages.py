"""The pages both BFFs have."""

from tests.factories.bff import CASHIER, Journey


async def test_the_start_page_offers_sign_in_then_shows_who_is_signed_in(world: Journey):
    before = await world.browser().get(f"{world.bff}/")
    after = await (await world.signed_in(CASHIER)).get(f"{world.bff}/")

    assert 'href="/auth/login"' in before.text
    assert "Hello, Chloe Barnes" in after.text
    assert 'href="/graphiql"' not in after.text


async def test_names_are_escaped(world: Journey):
    browser = await world.signed_in(CASHIER)
    session = await world.session_of(browser)
    stored = type(session)(**{name: getattr(session, name) for name in session.__slots__} | {"name": "<b>&"})
    await world.parts.store.replace(browser.cookies[world.session_cookie], stored)

    page = await browser.get(f"{world.bff}/")

    assert "Hello, &lt;b&gt;&amp;" in page.text


async def test_the_bff_is_ready_when_redis_and_the_provider_answer(world: Journey):
    answer = await world.browser().get(f"{world.bff}/health/ready")

    assert answer.status == 200
    assert answer.json()["details"] == {"sessions": "ok", "identity_provider": "ok"}
