from tests.factories.bff import CASHIER, LUMEN, OWNER, Browser, Journey


async def test_sign_in_leads_back_to_the_wanted_page_with_a_session(world: Journey, browser: Browser):
    callback = await world.authorized(browser, OWNER, return_to="/graphiql?tab=1")

    done = await browser.get(callback)

    assert (done.status, done.headers["location"]) == (303, "/graphiql?tab=1")
    session = (await browser.get(f"{world.bff}/auth/session")).json()
    assert session["username"] == OWNER
    assert session["tenant_id"] == LUMEN
    assert session["roles"] == ["tenant_owner"]
    assert "platform:explore" in session["scopes"]


async def test_graphql_carries_the_users_token_to_the_router(world: Journey):
    browser = await world.signed_in(CASHIER)

    answer = await world.graphql(browser, json={"query": "{ me { subject } }", "variables": {"a": 1}})

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/graphql-response+json"
    assert answer.json()["data"]["me"]["username"] == CASHIER
    assert answer.json()["data"]["me"]["tenant"] == LUMEN
    assert world.router.requests[-1][1] == b'{"query": "{ me { subject } }", "variables": {"a": 1}}'


async def test_sign_out_ends_the_session_everywhere(world: Journey):
    browser = await world.signed_in()
    cookie = browser.cookies[world.session_cookie]
    session = await world.parts.store.find(cookie)

    answer = await browser.post(f"{world.bff}/auth/logout", headers={"x-retail-csrf": "1"})

    assert answer.json() == {"signed_out": True, "continue_at": "/auth/signed-out"}
    assert world.session_cookie not in browser.cookies
    assert (await browser.get(f"{world.bff}/auth/signed-out")).status == 200
    browser.cookies[world.session_cookie] = cookie
    assert (await world.graphql(browser)).status == 401
    assert world.provider.ledger.session(session.provider_session_id) is None
    refreshed = await world.token_request(grant_type="refresh_token", refresh_token=session.refresh_token)
    assert (refreshed.status, refreshed.json()["error"]) == (400, "invalid_grant")
