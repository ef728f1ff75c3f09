"""A till's day: a manager enrols it, cashiers sign in once, then change places by PIN."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from kernel.ids import encode_global_id, uuid7
from tests.factories.bff import CASHIER, FIRST_STORE, POS, Answer, Browser, Journey, journey
from tests.factories.till_device import TillDevice

MANAGER, CLERK = "manager@lumen.example", "clerk@lumen.example"
STORE = encode_global_id("Store", UUID(FIRST_STORE))


@pytest.fixture(scope="module")
async def tills(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=POS, replicas=2) as built:
        yield built


async def signed_in_only(tills: Journey, username: str, browser: Browser | None = None) -> Browser:
    """A session of no till yet."""
    used = browser or tills.browser()
    assert (await used.get(await tills.authorized(used, username))).status == 303
    return used


async def manager_at(tills: Journey) -> Browser:
    """A manager who gave a second factor, in a session of no till yet."""
    browser = await signed_in_only(tills, MANAGER)
    assert (await tills.stepped_up(browser)).status == 303
    return browser


async def sent(tills: Journey, browser: Browser, path: str, replica: int = 0, **body: str) -> Answer:
    headers = tills.own_headers(browser, "POST", path)
    return await browser.post(f"{tills.bffs[replica]}{path}", json=body, headers=headers)


def open_key(device_id: str) -> str:
    return f"bff:pos:till:{hashlib.sha256(device_id.encode()).hexdigest()}:open"


def subject_of(tills: Journey, username: str) -> str:
    return tills.provider.realm.users[username].id


async def with_two_cashiers(tills: Journey) -> Browser:
    """A till at which the manager works, after the cashier who signed in first; both have PINs."""
    till = await tills.signed_in(CASHIER)
    tills.router.pins |= {subject_of(tills, CASHIER): "7294", subject_of(tills, MANAGER): "8391"}
    begun = await till.get(f"{tills.bff}/till/sign-in")
    assert begun.headers["clear-site-data"] == '"cookies"'
    till.cookies.clear()
    return await tills.signed_in(MANAGER, till)


async def test_a_manager_enrols_the_till_he_stands_at(tills: Journey):
    browser = await manager_at(tills)
    browser.till = TillDevice(tills.settings.public_url)

    answer = await sent(tills, browser, "/device/enrol", store_id=STORE, name="Till 7")
    browser.till.learn(answer.json())
    opened = await sent(tills, browser, "/till/open")

    assert answer.status == 201
    assert (answer.json()["name"], answer.json()["token_type"]) == ("Till 7", "DPoP")
    assert tills.router.devices[browser.till.device_id]["thumbprint"] == browser.till.thumbprint
    assert (opened.status, opened.json()["name"]) == (200, "Marcus Reed")
    assert (await tills.graphql(browser)).json()["data"]["me"]["username"] == MANAGER


async def test_a_code_from_the_managers_own_browser_enrols_one_till_in_his_name(tills: Journey):
    manager = await manager_at(tills)
    till = tills.browser()
    till.till = TillDevice(tills.settings.public_url)

    code = (await sent(tills, manager, "/device/codes", store_id=STORE, name="Till 8")).json()["code"]
    typed = f"{code[:5]}-{code[5:]}".lower()
    answers = [await sent(tills, till, "/device/redeem", replica, code=typed) for replica in range(2)]

    assert [answer.status for answer in answers] == [201, 400]
    assert answers[1].code == "ENROLMENT_CODE_UNKNOWN"
    assert tills.router.devices[answers[0].json()["device_id"]]["enrolledBy"] == MANAGER


async def test_a_code_ends_with_the_managers_session(tills: Journey):
    manager = await manager_at(tills)
    code = (await sent(tills, manager, "/device/codes", store_id=STORE, name="Till 9")).json()["code"]
    known = len(tills.router.devices)
    await tills.parts.store.end(manager.cookies[tills.session_cookie])
    till = tills.browser()
    till.till = TillDevice(tills.settings.public_url)

    answer = await sent(tills, till, "/device/redeem", code=code)

    assert answer.status == 401
    assert len(tills.router.devices) == known


@pytest.mark.parametrize("path", ["/device/enrol", "/device/codes"])
async def test_a_manager_without_a_second_factor_enrols_nothing(tills: Journey, path: str):
    manager = await signed_in_only(tills, MANAGER)
    manager.till = TillDevice(tills.settings.public_url)
    known = len(tills.router.devices)

    refused = await sent(tills, manager, path, store_id=STORE, name="Till 7")

    assert (refused.status, refused.code) == (403, "STEP_UP_REQUIRED")
    assert refused.json()["errors"][0]["extensions"] == {
        "acrValues": "otp",
        "maxAge": 900,
        "code": "STEP_UP_REQUIRED",
    }
    assert len(tills.router.devices) == known


@pytest.mark.parametrize("path", ["/device/enrol", "/device/codes"])
async def test_only_managers_enrol_and_only_in_their_stores(tills: Journey, path: str):
    cashier, manager = await signed_in_only(tills, CASHIER), await manager_at(tills)
    manager.till = TillDevice(tills.settings.public_url)
    known = len(tills.router.devices)

    refused = await sent(tills, cashier, path, store_id=STORE, name="Mine")
    elsewhere = await sent(
        tills, manager, "/device/enrol", store_id=encode_global_id("Store", uuid7()), name="Elsewhere"
    )

    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert (elsewhere.status, elsewhere.code) == (400, "NOT_YOUR_STORE")
    # `cashier` became a till of the tests when it sent its headers
    assert len(tills.router.devices) == known + 1


async def test_a_till_gets_another_token_for_a_proof_alone_and_nobody_else_does(tills: Journey):
    browser = await tills.signed_in(CASHIER)
    till = browser.till
    assert till is not None
    till.token = None
    stranger = tills.browser()
    stranger.till = TillDevice(tills.settings.public_url)
    names = {"device_id": till.device_id, "tenant_id": till.tenant_id}

    answers = [await sent(tills, one, "/device/token", **names) for one in (browser, stranger)]
    till.learn(answers[0].json())

    assert [answer.status for answer in answers] == [200, 401]
    # a stranger who names the till ends nothing of it
    assert (await tills.graphql(browser)).status == 200


async def test_a_pin_gives_the_till_to_a_cashier_with_that_cashiers_own_token(tills: Journey):
    till = await with_two_cashiers(tills)
    managers_cookie = till.cookies[tills.session_cookie]

    people = (await till.get(f"{tills.bff}/till", headers=tills.own_headers(till, "GET", "/till"))).json()["people"]
    switched = await sent(tills, till, "/till/switch", 1, subject=subject_of(tills, CASHIER), pin="7294")
    me = (await tills.graphql(till)).json()["data"]["me"]
    cashiers_cookie = till.cookies[tills.session_cookie]
    till.cookies[tills.session_cookie] = managers_cookie
    late = await tills.graphql(till)

    assert [person["name"] for person in people] == ["Chloe Barnes", "Marcus Reed"]
    assert (switched.status, switched.json()["roles"]) == (200, ["cashier"])
    assert (me["username"], me["roles"]) == (CASHIER, ["cashier"])
    assert cashiers_cookie != managers_cookie
    assert (late.status, late.code) == (423, "TILL_LOCKED")


async def test_a_wrong_pin_changes_nothing(tills: Journey):
    till = await with_two_cashiers(tills)
    cookie = till.cookies[tills.session_cookie]

    refused = await sent(tills, till, "/till/switch", subject=subject_of(tills, CASHIER), pin="0001")

    assert (refused.status, refused.code, refused.set_cookies) == (403, "PIN_REFUSED", [])
    assert till.cookies[tills.session_cookie] == cookie
    assert (await tills.graphql(till)).json()["data"]["me"]["username"] == MANAGER


async def test_who_never_signed_in_here_signs_in_first_whatever_the_pin(tills: Journey):
    till = await with_two_cashiers(tills)

    answer = await sent(tills, till, "/till/switch", subject=subject_of(tills, "owner@lumen.example"), pin="7294")

    assert (answer.status, answer.code) == (401, "SIGN_IN_REQUIRED")


async def test_a_locked_till_opens_by_pin(tills: Journey):
    till = await with_two_cashiers(tills)

    locked = await sent(tills, till, "/till/lock")
    during = await tills.graphql(till, replica=1)
    opened = await sent(tills, till, "/till/switch", subject=subject_of(tills, MANAGER), pin="8391")

    assert (locked.status, during.status, opened.status) == (204, 423, 200)
    assert (await tills.graphql(till)).status == 200


async def test_a_till_that_nobody_uses_locks_itself_and_use_puts_it_off(tills: Journey):
    till = await with_two_cashiers(tills)
    assert till.till is not None
    redis, key = tills.parts.redis, open_key(till.till.device_id)

    await redis.expire(key, 5)
    await tills.graphql(till)
    seconds = await redis.ttl(key)
    await redis.pexpire(key, 0)

    assert 295 < seconds <= 300
    assert (await tills.graphql(till)).status == 423


async def test_a_logout_ends_that_person_only(tills: Journey):
    till = await with_two_cashiers(tills)
    manager = await tills.session_of(till)

    assert await tills.provider.end_session(manager.provider_session_id)

    assert (await tills.graphql(till)).status == 401
    gone = await sent(tills, till, "/till/switch", subject=subject_of(tills, MANAGER), pin="8391")
    stays = await sent(tills, till, "/till/switch", subject=subject_of(tills, CASHIER), pin="7294")
    assert [(gone.status, gone.code), stays.status] == [(401, "SIGN_IN_REQUIRED"), 200]


@pytest.mark.parametrize("username", [CLERK, "owner@sakura.example", "accountant@lumen.example"])
async def test_who_does_not_work_at_tills_of_this_store_opens_none(tills: Journey, username: str):
    browser = await tills.signed_in(CASHIER)
    other = await signed_in_only(tills, username)
    other.till = browser.till

    answer = await sent(tills, other, "/till/open")

    assert (answer.status, answer.code) == (403, "NOT_YOUR_TILL")
    assert (await tills.graphql(browser)).status == 200


async def test_another_sites_link_does_not_sign_the_till_out(tills: Journey):
    answer = await tills.browser().get(f"{tills.bff}/till/sign-in", headers={"sec-fetch-site": "cross-site"})

    assert answer.status == 403
    assert "clear-site-data" not in answer.headers
