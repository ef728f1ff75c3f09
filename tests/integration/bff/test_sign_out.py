"""Signing out: security.md N44."""

import re

from tests.factories.bff import CASHIER, CSRF, Journey


async def form_token(world: Journey, browser) -> str:
    page = await browser.get(f"{world.bff}/")
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


async def test_n44_the_form_of_another_session_signs_nobody_out(world: Journey):
    victim, attacker = await world.signed_in(), await world.signed_in(CASHIER)
    stolen = await form_token(world, attacker)

    answer = await victim.post(f"{world.bff}/auth/logout", data={"form_token": stolen})

    assert (answer.status, answer.code) == (403, "FORM_TOKEN_REQUIRED")
    assert await world.is_alive(victim)


async def test_n44_the_pages_own_form_signs_out_and_revokes_the_refresh_token(world: Journey):
    browser = await world.signed_in()
    session = await world.session_of(browser)
    revocations, ends = world.traffic.paths["revoke"], world.traffic.paths["logout"]

    answer = await browser.post(f"{world.bff}/auth/logout", data={"form_token": await form_token(world, browser)})

    assert (answer.status, answer.headers["location"]) == (303, "/auth/signed-out")
    assert world.session_cookie not in browser.cookies
    assert (world.traffic.paths["revoke"], world.traffic.paths["logout"]) == (revocations + 1, ends + 1)
    assert world.provider.ledger.session(session.provider_session_id) is None


async def test_n44_signing_out_twice_is_fine(world: Journey):
    browser = await world.signed_in()
    cookie = dict(browser.cookies)

    first = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)
    browser.cookies = cookie
    second = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)

    assert [first.status, second.status] == [200, 200]


async def test_n44_an_unregistered_address_after_sign_out_is_refused(world: Journey):
    browser = await world.signed_in()
    session = await world.session_of(browser)
    form = {"id_token_hint": session.id_token, "client_id": world.client_id}
    url = f"{world.provider.issuer}/protocol/openid-connect/logout"

    for target in (
        "https://evil.example/",
        f"{world.settings.public_url}/auth/signed-out/",
        f"{world.settings.public_url}/",
    ):
        answer = await world.browser().post(url, data=form | {"post_logout_redirect_uri": target})
        assert answer.status == 400

    assert world.provider.ledger.session(session.provider_session_id) is not None
    assert await world.is_alive(browser)


async def test_when_the_provider_cannot_be_told_the_browser_is_sent_there_without_a_token(world: Journey):
    browser = await world.signed_in()
    session = await world.session_of(browser)
    broken = await world.parts.provider.metadata()
    whole = broken.end_session_endpoint
    broken.end_session_endpoint = f"{world.provider_url}/nowhere"

    answer = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)

    broken.end_session_endpoint = whole
    target = answer.json()["continue_at"]
    assert target.startswith(f"{world.provider_url}/nowhere?client_id={world.client_id}&post_logout_redirect_uri=")
    assert session.id_token not in target
    assert not await world.parts.store.find(session.access_token[:40])
