"""The session cookie: security.md N15 to N17, N21."""

from http.cookies import SimpleCookie

from bff.session.redis_access import connect
from tests.factories.bff import CASHIER, OWNER, Browser, Journey


async def test_n15_the_cookie_has_every_protection(world: Journey, browser: Browser):
    done = await browser.get(await world.authorized(browser))

    (line,) = [line for line in done.set_cookies if line.startswith(world.session_cookie)]
    morsel = SimpleCookie(line)[world.session_cookie]
    assert world.session_cookie.startswith("__Host-")
    assert (morsel["secure"], morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, True, "lax", "/")
    assert morsel["domain"] == ""
    assert len(morsel.value) == 43  # 256 random bits


async def test_n15_redis_knows_neither_the_cookie_nor_a_token(world: Journey, browser: Browser, redis_url: str):
    await world.signed_in(browser=browser)
    session = await world.session_of(browser)
    redis = connect(redis_url)

    stored = b""
    for key in await redis.keys("bff:*"):
        match await redis.type(key):
            case b"string":
                stored += key + await redis.get(key)
            case b"hash":
                stored += key + b"".join((await redis.hgetall(key)).values())
            case b"zset":
                stored += key + b"".join(await redis.zrange(key, 0, -1))
            case _:
                stored += key + b"".join(await redis.smembers(key))
    await redis.aclose()

    secrets = (
        browser.cookies[world.session_cookie],
        session.access_token,
        session.refresh_token,
        session.subject,
        OWNER,
    )
    assert [secret for secret in secrets if secret.encode() in stored] == []


async def test_n16_a_planted_cookie_is_replaced_at_sign_in_and_its_session_ends(world: Journey):
    attacker = await world.signed_in(CASHIER)
    planted = attacker.cookies[world.session_cookie]
    victim = world.browser()
    victim.cookies[world.session_cookie] = planted

    await world.signed_in(OWNER, victim)

    assert victim.cookies[world.session_cookie] != planted
    assert await world.parts.store.find(planted) is None
    assert (await world.graphql(attacker)).status == 401


async def test_n16_beginning_a_sign_in_clears_a_cookie_without_a_session(world: Journey, browser: Browser):
    browser.cookies[world.session_cookie] = "planted"

    await browser.get(f"{world.bff}/auth/login")

    assert world.session_cookie not in browser.cookies


async def test_n17_signing_in_again_changes_the_id_and_ends_the_old_session(world: Journey):
    browser = await world.signed_in(OWNER)
    former = browser.cookies[world.session_cookie]

    await world.signed_in(OWNER, browser)

    assert browser.cookies[world.session_cookie] != former
    assert await world.parts.store.find(former) is None


async def test_n21_no_token_reaches_the_browser(world: Journey, browser: Browser):
    await world.signed_in(browser=browser)
    session = await world.session_of(browser)
    for path in ("/", "/auth/session", "/graphiql", "/auth/signed-out"):
        await browser.get(f"{world.bff}{path}")
    await world.graphql(browser)
    await browser.post(f"{world.bff}/auth/logout", headers={"x-retail-csrf": "1"})

    tokens = (session.access_token, session.refresh_token, session.id_token)
    shown = [
        f"{answer.url} {answer.headers} {answer.set_cookies} {answer.text}"
        for answer in browser.seen
        if answer.url.startswith(world.bff)
    ]
    assert len(shown) > 7
    assert [text for text in shown for token in tokens if token in text] == []
    assert [text for text in shown if "eyJ" in text] == []


async def test_a_guessed_or_overlong_cookie_is_nobody(world: Journey, browser: Browser):
    for value in ("x" * 43, "x" * 4000, "../../session", "%00"):
        browser.cookies[world.session_cookie] = value

        answer = await world.graphql(browser)

        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
