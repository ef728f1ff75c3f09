"""The pages both BFFs have."""

import re
from pathlib import Path

from tests.factories.bff import CASHIER, Face, Journey, journey


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


async def test_names_are_escaped(world: Journey):
    browser = await world.signed_in(CASHIER)
    session = await world.session_of(browser)
    stored = type(session)(**{name: getattr(session, name) for name in session.__slots__} | {"name": "<b>&"})
    await world.parts.store.replace(browser.cookies[world.session_cookie], stored)

    page = await browser.get(f"{world.bff}/")

    assert "Hello, &lt;b&gt;&amp;" in page.text


async def test_over_tls_browsers_are_told_to_stay_there(face: Face, redis_url: str, tmp_path: Path):
    over_tls = {f"{face.kind}_url": "https://shop.example"}
    async with journey(redis_url, tmp_path, face=face, **over_tls) as world:
        page = await world.browser().get(f"{world.bff}/")

        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_the_bff_is_ready_when_redis_and_the_provider_answer(world: Journey):
    answer = await world.browser().get(f"{world.bff}/health/ready")

    assert answer.status == 200
    assert answer.json()["details"] == {"sessions": "ok", "identity_provider": "ok"}
