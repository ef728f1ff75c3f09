from bff.session.pkce import new_verifier
from cli.development_provider.routes import COOKIE
from tests.factories.bff import OWNER, PASSWORD, submit_login

SIGNED_OUT = "http://127.0.0.1:9/auth/signed-out"


async def test_a_browser_without_a_hint_is_asked_before_it_is_signed_out(identity):
    browser = identity.browser()
    page = await browser.get(identity.authorization_url(new_verifier()))
    await submit_login(browser, page, OWNER, PASSWORD)
    query = f"client_id=web-bff&post_logout_redirect_uri={SIGNED_OUT}"

    asked = await browser.get(f"{identity.endpoint('logout')}?{query}")
    still = identity.provider.ledger.session_of_cookie(browser.cookies[COOKIE])
    form = {"client_id": "web-bff", "post_logout_redirect_uri": SIGNED_OUT, "confirmed": "yes"}
    foreign = await browser.post(identity.endpoint("logout"), data=form, headers={"origin": "https://evil.example"})
    done = await browser.post(identity.endpoint("logout"), data=form)

    assert (asked.status, foreign.status) == (200, 200)
    assert "Sign out?" in asked.text
    assert still is not None
    assert (done.status, done.headers["location"]) == (303, SIGNED_OUT)
    assert COOKIE not in browser.cookies
    assert identity.provider.ledger.session(still.sid) is None


async def test_a_hint_signs_out_at_once_and_brings_the_state_back(identity):
    tokens = await identity.tokens()
    form = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": SIGNED_OUT, "state": "s 1"}

    answer = await identity.browser().post(identity.endpoint("logout"), data=form)

    assert (answer.status, answer.headers["location"]) == (303, f"{SIGNED_OUT}?state=s+1")
    assert (await identity.refreshed(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_an_access_token_is_no_hint(identity):
    tokens = await identity.tokens()

    answer = await identity.browser().post(identity.endpoint("logout"), data={"id_token_hint": tokens["access_token"]})

    assert answer.status == 200
    assert (await identity.refreshed(tokens["refresh_token"])).status == 200
