"""One suite for both identity providers, a real Keycloak and the laptop's, with one realm file. One boot for all tests.

What the development provider leaves out is listed in `LEFT_OUT`; each entry is tried there too, so a lie fails.
"""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bff.session.pkce import new_verifier
from kernel.permissions import require_scope, scopes_of
from kernel.step_up import StepUpRequired
from tests.factories.bff import CASHIER, CSRF, LUMEN, OWNER, PASSWORD, SESSION_COOKIE, Browser, submit_login
from tests.factories.sign_in import SignInWorld

#: what Keycloak does and the development provider does not
LEFT_OUT = frozenset({"brute-force protection", "two names for one issuer", "setting up an authenticator app"})


def has(world: SignInWorld, feature: str) -> bool:
    assert feature in LEFT_OUT
    return world.provider.name == "keycloak"


def claims_of(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))


async def test_browsers_and_services_may_reach_the_provider_by_different_names(world: SignInWorld):
    metadata = await world.parts.provider.metadata()

    assert metadata.authorization_endpoint.startswith(world.provider.issuer)
    assert metadata.token_endpoint.startswith(world.provider.internal_issuer)
    assert metadata.jwks_uri.startswith(world.provider.internal_issuer)
    assert (world.provider.issuer != world.provider.internal_issuer) is has(world, "two names for one issuer")


async def test_a_cashier_signs_in_and_asks_the_graph(world: SignInWorld):
    browser = await world.signed_in(CASHIER)

    session = (await browser.get(f"{world.bff}/auth/session")).json()
    answer = await world.graphql(browser)

    assert session["username"] == CASHIER
    assert session["roles"] == ["cashier"]
    assert session["store_ids"] == ["01920000-0000-7000-8000-000000010001"]
    assert answer.status == 200
    me = answer.json()["data"]["me"]
    assert (me["subject"], me["tenant"]) == ("01920000-0000-7000-8000-000000000103", LUMEN)


async def test_an_access_token_says_no_more_than_our_services_read(world: SignInWorld):
    browser = await world.signed_in(CASHIER)

    claims = claims_of((await world.session_of(browser)).access_token)

    assert claims.keys() - {"session_state"} == {
        *("iss", "aud", "sub", "azp", "typ", "iat", "exp", "jti", "sid"),
        *("acr", "auth_time", "scope", "realm_access", "tenant_id", "store_ids", "preferred_username", "name"),
    }
    assert (claims["aud"], claims["acr"], claims["typ"]) == ("retail-api", "password", "Bearer")
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("method", [None, "plain"])
async def test_n8_a_request_without_pkce_s256_is_refused(world: SignInWorld, method: str | None):
    changes: dict[str, str | None] = {"code_challenge_method": method}
    if method is None:
        changes["code_challenge"] = None

    answer = await Browser(world.http).get(world.authorization_url(new_verifier(), **changes))

    assert answer.status in {302, 303}
    returned = parse_qs(urlsplit(answer.location).query)
    assert returned["error"] == ["invalid_request"]
    assert "code" not in returned


@pytest.mark.parametrize("changes", [{"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}])
async def test_nobody_is_redirected_to_an_address_that_is_not_registered(world: SignInWorld, changes: dict[str, str]):
    answer = await Browser(world.http).get(world.authorization_url(new_verifier(), **changes))

    assert answer.status == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("client_id", "role"),
    [
        ("saga-worker", "checkout_saga"),
        ("notification-worker", "notifier"),
        ("sales-import", "shop_import"),
        ("demo-setup", "demo_setup"),
        ("pos-bff", "pos_bff"),
    ],
)
async def test_a_service_client_gets_a_token_with_its_own_scopes_only(world: SignInWorld, client_id: str, role: str):
    answer = await world.token(client_id, f"secret-of-the-{client_id}-in-tests", grant_type="client_credentials")
    principal = await world.router.verifier.verify(answer.json()["access_token"])

    assert "refresh_token" not in answer.json()
    assert principal.roles == {"service", role}
    assert principal.is_service
    assert (principal.tenant_id, principal.client_id) == (None, client_id)
    assert scopes_of(principal.roles) == scopes_of(frozenset({role}))


async def test_who_keeps_users_in_step_may_not_call_our_services(world: SignInWorld):
    answer = await world.token("user-sync", "secret-of-the-user-sync-in-tests", grant_type="client_credentials")

    claims = claims_of(answer.json()["access_token"])
    assert "retail-api" not in claims["aud"]
    assert claims.get("realm_access", {"roles": []}) == {"roles": []}


@pytest.mark.parametrize("client_id", ["saga-worker", "web-bff"])
@pytest.mark.parametrize("secret", ["", "wrong", "${RETAILFLOW_SAGA_WORKER_SECRET}", "${RETAILFLOW_WEB_BFF_SECRET}"])
async def test_a_wrong_client_secret_gives_nothing(world: SignInWorld, client_id: str, secret: str):
    answer = await world.token(client_id, secret, grant_type="client_credentials")

    assert answer.status == 401
    assert "access_token" not in answer.text


@pytest.mark.parametrize("client_id", ["web-bff", "pos-bff", "saga-worker"])
async def test_a_password_is_no_grant(world: SignInWorld, client_id: str):
    secret = f"secret-of-the-{client_id}-in-tests"

    answer = await world.token(client_id, secret, grant_type="password", username=OWNER, password=PASSWORD)

    assert answer.status in {400, 401}
    assert "access_token" not in answer.text


@pytest.mark.parametrize(
    ("username", "password"),
    [("buyer@lumen.example", "wrong"), ("vendor@lumen.example", ""), ("nobody@lumen.example", PASSWORD)],
)
async def test_n47_a_wrong_password_and_an_unknown_user_look_the_same(world: SignInWorld, username: str, password: str):
    browser = Browser(world.http)
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)

    answer = await submit_login(browser, page, username, password, statuses={200, 401})

    assert "location" not in answer.headers
    assert 'name="password"' in answer.text


async def test_signing_out_ends_the_session_at_the_provider_without_showing_the_browser_a_token(world: SignInWorld):
    browser = await world.signed_in()
    session = await world.session_of(browser)

    answer = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)

    assert answer.json() == {"signed_out": True, "continue_at": "/auth/signed-out"}
    refreshed = await world.token(grant_type="refresh_token", refresh_token=session.refresh_token or "")
    assert (refreshed.status, refreshed.json()["error"]) == (400, "invalid_grant")
    assert session.provider_session_id not in await world.provider.session_ids_of(session.subject)
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
    assert page.status == 200
    assert 'name="password"' in page.text
    assert not [seen for seen in browser.seen if seen.url.startswith(world.bff) and "eyJ" in seen.text]


async def test_an_administrators_logout_ends_the_session_here(world: SignInWorld):
    """The person's only session: of several, Keycloak's one token names any one (its issue 22914)."""
    subject = (await world.session_of(await world.signed_in())).subject
    await world.provider.end_sessions_of(subject)
    browser = await world.signed_in()
    bystander = await world.signed_in(CASHIER)

    await world.provider.end_sessions_of(subject)

    assert (await world.graphql(browser)).status == 401
    assert (await world.graphql(bystander)).status == 200


async def test_n39_an_administrators_logout_ends_each_of_several_sessions_at_its_next_renewal(world: SignInWorld):
    browsers = [await world.signed_in() for _ in range(3)]
    bystander = await world.signed_in(CASHIER)

    await world.provider.end_sessions_of((await world.session_of(browsers[0])).subject)
    for browser in (*browsers, bystander):
        await world.let_expire(browser)

    assert [(await world.graphql(browser)).status for browser in browsers] == [401, 401, 401]
    assert (await world.graphql(bystander)).status == 200


async def test_deleting_one_session_ends_that_one_only(world: SignInWorld):
    one, other = await world.signed_in(), await world.signed_in()
    session = await world.session_of(one)

    await world.provider.end_session(session.subject, session.provider_session_id)

    assert (await world.graphql(one)).status == 401
    assert (await world.graphql(other)).status == 200


async def test_an_expired_access_token_is_renewed_and_the_refresh_token_rotates(world: SignInWorld):
    browser = await world.signed_in()
    before = await world.expired(browser)

    answer = await world.graphql(browser)

    after = await world.session_of(browser)
    assert answer.status == 200
    assert after.refresh_token != before.refresh_token
    assert after.access_token != before.access_token


async def test_n26_a_stolen_refresh_token_kills_the_session_of_both(world: SignInWorld):
    browser = await world.signed_in()
    stolen = await world.expired(browser)
    assert (await world.graphql(browser)).status == 200

    theft = await world.token(grant_type="refresh_token", refresh_token=stolen.refresh_token or "")
    await world.let_expire(browser)
    answer = await world.graphql(browser)

    assert (theft.status, theft.json()["error"]) == (400, "invalid_grant")
    assert answer.status == 401
    assert await world.parts.store.find(browser.cookies[SESSION_COOKIE]) is None


async def test_n7_a_replayed_code_is_refused_and_ends_the_session_made_from_it(world: SignInWorld):
    browser = Browser(world.http)
    callback = await world.callback_of(browser, OWNER)
    assert (await browser.get(callback)).status == 303

    replay = await world.exchanged(callback, "x" * 43)
    await world.let_expire(browser)

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert (await world.graphql(browser)).status == 401


async def test_n8_a_code_is_worth_nothing_with_the_verifier_of_another_request(world: SignInWorld):
    browser = Browser(world.http)
    page = await browser.get(world.authorization_url(new_verifier()))
    callback = (await submit_login(browser, page, OWNER, PASSWORD)).location

    answer = await world.exchanged(callback, new_verifier())

    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_revoked_refresh_token_is_dead(world: SignInWorld):
    browser = await world.signed_in()
    token = (await world.session_of(browser)).refresh_token or ""
    form = {"token": token, "client_id": "web-bff", "client_secret": "secret-of-the-web-bff-in-tests"}

    revoked = await Browser(world.http).post(world.endpoint("revoke"), data=form)
    refreshed = await world.token(grant_type="refresh_token", refresh_token=token)

    assert revoked.status == 200
    assert (refreshed.status, refreshed.json()["error"]) == (400, "invalid_grant")


async def test_a_second_level_is_asked_for_and_named_in_the_tokens(world: SignInWorld):
    browser, verifier = Browser(world.http), new_verifier()
    page = await browser.get(world.authorization_url(verifier, acr_values="otp"))
    asked = await submit_login(browser, page, "analyst@lumen.example", PASSWORD, statuses={200, 302})
    if asked.status == 302:
        asked = await browser.get(asked.location)
    assert ("totpSecret" in asked.text) is has(world, "setting up an authenticator app")

    done = await world.provider.submit_code(browser, asked)
    tokens = (await world.exchanged(done.location, verifier)).json()
    again = await browser.get(world.authorization_url(verifier, acr_values="otp"))

    assert claims_of(tokens["access_token"])["acr"] == "otp"
    assert claims_of(tokens["id_token"])["acr"] == "otp"
    assert "code" in parse_qs(urlsplit(again.location).query)


async def test_a_signed_in_browser_is_asked_for_the_second_level_only(world: SignInWorld):
    browser, verifier = Browser(world.http), new_verifier()
    page = await browser.get(world.authorization_url(verifier))
    first = await submit_login(browser, page, "auditor@lumen.example", PASSWORD)
    tokens = (await world.exchanged(first.location, verifier)).json()
    assert claims_of(tokens["access_token"])["acr"] == "password"

    asked = await browser.get(world.authorization_url(verifier, acr_values="otp"))
    while asked.status in {302, 303}:
        asked = await browser.get(asked.location)
    wrong = await world.provider.submit_code(browser, asked, "000000")
    done = await world.provider.submit_code(browser, wrong)
    stepped = (await world.exchanged(done.location, verifier)).json()

    assert 'name="password"' not in asked.text
    assert "location" not in wrong.headers
    assert claims_of(stepped["access_token"])["acr"] == "otp"
    assert claims_of(stepped["id_token"])["auth_time"] >= claims_of(tokens["id_token"])["auth_time"]


async def test_an_admin_action_is_refused_before_a_step_up_let_in_after_it_and_refused_when_it_is_old(
    world: SignInWorld,
):
    browser = await world.signed_in("owner@sakura.example")
    cookie = browser.cookies[SESSION_COOKIE]
    before = await world.principal_of(browser)
    asked = await browser.get((await browser.get(f"{world.bff}/auth/login?step_up=otp&return_to=/people")).location)
    while asked.status in {302, 303}:
        asked = await browser.get(asked.location)

    done = await browser.get((await world.provider.submit_code(browser, asked)).location)
    after = await world.principal_of(browser)
    view = (await browser.get(f"{world.bff}/auth/session")).json()

    with pytest.raises(StepUpRequired):
        require_scope(before, "identity:manage")
    assert 'name="password"' not in asked.text
    assert (done.status, done.location) == (303, f"{world.bff}/people")
    assert browser.cookies[SESSION_COOKIE] != cookie
    assert require_scope(after, "identity:manage") is after
    assert (view["acr"], view["second_factor_until"]) == ("otp", after.second_factor.given_at + 900)
    aged = replace(after.second_factor, given_at=after.second_factor.given_at - 901)
    with pytest.raises(StepUpRequired):
        require_scope(replace(after, second_factor=aged), "identity:manage")


async def test_what_a_renewed_token_says_of_the_second_factor_does_not_get_younger(world: SignInWorld):
    browser = await world.signed_in("analyst@sakura.example")
    asked = await browser.get((await browser.get(f"{world.bff}/auth/login?step_up=otp")).location)
    while asked.status in {302, 303}:
        asked = await browser.get(asked.location)
    await browser.get((await world.provider.submit_code(browser, asked)).location)
    before = (await world.session_of(browser)).second_factor
    await world.expired(browser)

    assert (await world.graphql(browser)).status == 200

    assert (await world.session_of(browser)).second_factor == before
    assert before.counts


async def test_a_step_up_that_has_to_begin_again_asks_for_password_and_code_in_the_same_session(world: SignInWorld):
    browser, verifier = Browser(world.http), new_verifier()
    username = "vendor@sakura.example"
    first = await submit_login(browser, await browser.get(world.authorization_url(verifier)), username, PASSWORD)
    before = claims_of((await world.exchanged(first.location, verifier)).json()["id_token"])
    level = '{"id_token":{"acr":{"essential":true,"values":["otp"]}}}'

    asked = await browser.get(world.authorization_url(verifier, claims=level, prompt="login"))
    while asked.status in {302, 303}:
        asked = await browser.get(asked.location)
    assert 'name="password"' in asked.text
    code = await submit_login(browser, asked, username, PASSWORD, statuses={200, 302, 303})
    while code.status in {302, 303}:
        code = await browser.get(code.location)
    done = await world.provider.submit_code(browser, code)
    after = claims_of((await world.exchanged(done.location, verifier)).json()["id_token"])

    assert (before["acr"], after["acr"]) == ("password", "otp")
    assert after["auth_time"] >= before["auth_time"]
    assert after["sid"] == before["sid"]


async def test_a_lost_session_comes_back_without_a_form_while_the_provider_knows_the_person(world: SignInWorld):
    browser = await world.signed_in()
    await world.parts.store.end(browser.cookies[SESSION_COOKIE])
    silent = f"{world.bff}/auth/login?silent=1&return_to=/orders"

    begun = await browser.get(silent)
    back = await browser.get((await browser.get(begun.location)).location)
    stranger = Browser(world.http)
    asked = await stranger.get((await stranger.get(silent)).location)
    marked = await stranger.get(asked.location)

    assert (back.status, back.location) == (303, f"{world.bff}/orders")
    assert (await world.session_of(browser)).username == OWNER
    assert parse_qs(urlsplit(asked.location).query)["error"] == ["login_required"]
    assert (marked.status, marked.location) == (303, f"{world.bff}/orders?sign_in=required")
    assert SESSION_COOKIE not in stranger.cookies


async def test_five_wrong_passwords_close_an_account_for_a_while(world: SignInWorld):
    username = "driver@lumen.example"
    for _ in range(5):
        browser = Browser(world.http)
        page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
        await submit_login(browser, page, username, "wrong", statuses={200, 401})
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)

    answer = await submit_login(browser, page, username, PASSWORD, statuses={200, 302, 303})

    assert ("location" not in answer.headers) is has(world, "brute-force protection")
