"""People of several tenants: each session is in one, entering another makes a new session (N17, T13)."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from bff.session.model import epoch_seconds
from cli.development_provider.realm import User
from kernel.ids import uuid7
from tests.factories.bff import CSRF, LUMEN, OWNER, Answer, Browser, Journey
from tests.factories.several_tenants import SECOND, person_of_two_tenants

STRANGE = str(uuid7())


@pytest.fixture
def person(world: Journey) -> User:
    return person_of_two_tenants(world)


def change(world: Journey, person: User, **attributes: list[str]) -> None:
    world.provider.accounts.store(person.model_copy(update={"attributes": {**person.attributes, **attributes}}))


async def signed_in(world: Journey, username: str, return_to: str = "/") -> tuple[Browser, Answer]:
    browser = world.browser()
    return browser, await browser.get(await world.authorized(browser, username, return_to))


async def begin_switch(world: Journey, browser: Browser, tenant_id: str, **headers: str) -> Answer:
    return await browser.post(
        f"{world.bff}/auth/switch", json={"tenant_id": tenant_id, "return_to": "/auth/devices"}, headers=headers
    )


async def switched(world: Journey, browser: Browser, tenant_id: str) -> Answer:
    begun = await begin_switch(world, browser, tenant_id, **CSRF)
    assert begun.status == 200, begun.text
    return await browser.get((await browser.get(begun.json()["continue_at"])).location)


async def seen(world: Journey, browser: Browser) -> tuple[str, list[str], list[str]]:
    session = (await browser.get(f"{world.bff}/auth/session")).json()
    return session["tenant_id"], session["roles"], session["store_ids"]


async def test_n17_the_session_id_changes_at_a_switch_and_the_former_session_is_dead(world: Journey, person: User):
    browser, _ = await signed_in(world, person.username)
    former = browser.cookies[world.session_cookie]
    before = await seen(world, browser)

    arrived = await switched(world, browser, SECOND)

    assert before == (LUMEN, ["tenant_owner"], [])
    assert (arrived.status, urlsplit(arrived.location).path) == (303, "/auth/devices")
    assert await seen(world, browser) == (SECOND, ["cashier"], ["s-1"])
    assert browser.cookies[world.session_cookie] != former
    assert await world.parts.store.find(former) is None


async def test_the_way_back_leads_to_the_rights_of_the_first_tenant(world: Journey, person: User):
    browser, _ = await signed_in(world, person.username)

    await switched(world, browser, SECOND)
    await switched(world, browser, LUMEN)

    assert await seen(world, browser) == (LUMEN, ["tenant_owner"], [])


async def test_two_browsers_are_in_two_tenants_and_renewals_keep_them_there(world: Journey, person: User):
    one, _ = await signed_in(world, person.username)
    other, _ = await signed_in(world, person.username)
    await switched(world, other, SECOND)

    for browser in (one, other):
        await world.expire_access_token(browser)
        await world.parts.sessions.find(browser.cookies[world.session_cookie])

    assert await seen(world, one) == (LUMEN, ["tenant_owner"], [])
    assert await seen(world, other) == (SECOND, ["cashier"], ["s-1"])


async def test_t13_a_membership_that_is_gone_ends_the_session_at_its_renewal(world: Journey, person: User):
    browser, _ = await signed_in(world, person.username)
    await switched(world, browser, SECOND)
    change(world, person, membership_1=[], tenants=[])

    session = await world.session_of(browser)
    due = replace(session, access_expires_at=epoch_seconds())
    assert await world.parts.store.replace(browser.cookies[world.session_cookie], due)
    refused = await world.graphql(browser)

    assert refused.status == 401
    assert not await world.is_alive(browser)


@pytest.mark.parametrize("moved_to", [STRANGE, LUMEN])
async def test_t13_a_renewal_never_leads_into_another_tenant(world: Journey, person: User, moved_to: str):
    browser, _ = await signed_in(world, person.username)
    await switched(world, browser, SECOND)
    change(world, person, membership_1=[f"tenant:{moved_to}", "role:tenant_owner"])

    await world.expire_access_token(browser)
    refused = await world.graphql(browser)

    assert refused.status == 401
    assert not await world.is_alive(browser)


async def test_a_switch_into_a_tenant_that_was_left_meanwhile_is_refused_and_changes_nothing(
    world: Journey, person: User
):
    browser, _ = await signed_in(world, person.username)
    former = browser.cookies[world.session_cookie]
    change(world, person, membership_1=[f"tenant:{STRANGE}", "role:tenant_owner"])

    refused = await switched(world, browser, SECOND)

    assert (refused.status, "TENANT_REFUSED" in refused.text) == (400, True)
    assert browser.cookies[world.session_cookie] == former
    assert await seen(world, browser) == (LUMEN, ["tenant_owner"], [])


@pytest.mark.parametrize("username", [OWNER, None], ids=["of one tenant", "of two tenants"])
async def test_a_tenant_of_others_is_refused(world: Journey, person: User, username: str | None):
    browser, _ = await signed_in(world, username or person.username)

    requests = world.traffic.paths["auth"]

    answers = [await begin_switch(world, browser, tenant_id, **CSRF) for tenant_id in (STRANGE, "", f"{SECOND} ")]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "TENANT_REFUSED")] * 3
    assert world.traffic.paths["auth"] == requests


@pytest.mark.parametrize(
    "headers", [{}, CSRF | {"origin": "https://evil.example"}, CSRF | {"sec-fetch-site": "cross-site"}]
)
async def test_n18_another_site_switches_nobody(world: Journey, person: User, headers: dict[str, str]):
    browser, _ = await signed_in(world, person.username)
    requests = world.traffic.paths["auth"]

    refused = await begin_switch(world, browser, SECOND, **headers)
    forged = await browser.post(
        f"{world.bff}/auth/switch",
        data={"tenant_id": SECOND, "form_token": "guessed"},
        headers={"origin": world.settings.public_url},
    )

    assert (refused.status, forged.status) == (403, 403)
    assert forged.code == "FORM_TOKEN_REQUIRED"
    assert world.traffic.paths["auth"] == requests
    assert await seen(world, browser) == (LUMEN, ["tenant_owner"], [])


async def test_nobody_switches_without_a_session(world: Journey):
    browser = world.browser()

    answers = [
        await begin_switch(world, browser, SECOND, **CSRF),
        await browser.get(f"{world.bff}/auth/tenants"),
        await browser.get(f"{world.bff}/auth/tenant"),
    ]

    assert [answer.status for answer in answers] == [401, 401, 303]


async def test_people_of_one_tenant_go_on_as_ever(world: Journey):
    browser, landed = await signed_in(world, OWNER, "/auth/devices")

    listed = (await browser.get(f"{world.bff}/auth/tenants")).json()
    page = await browser.get(f"{world.bff}/auth/tenant?return_to=%2Fauth%2Fdevices")

    assert urlsplit(landed.location).path == "/auth/devices"
    assert listed == {"tenants": [{"tenant_id": LUMEN, "name": "", "is_current": True}]}
    assert (page.status, urlsplit(page.location).path) == (303, "/auth/devices")


async def test_people_of_several_tenants_choose_on_a_page_after_signing_in(world: Journey, person: User):
    browser, landed = await signed_in(world, person.username, "/auth/devices")
    page = await browser.get(landed.location)
    form_token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    wanted, return_to = (
        re.findall(rf'name="{name}" value="([^"]*)"', page.text) for name in ("tenant_id", "return_to")
    )
    assert form_token is not None

    begun = await browser.post(
        f"{world.bff}/auth/switch",
        data={"tenant_id": wanted[1], "return_to": unescape(return_to[1]), "form_token": unescape(form_token.group(1))},
        headers={"origin": world.settings.public_url},
    )
    arrived = await browser.get((await browser.get(begun.location)).location)

    assert parse_qs(urlsplit(landed.location).query) == {"return_to": ["/auth/devices"]}
    assert (wanted, return_to) == ([LUMEN, SECOND], ["/auth/devices"] * 2)
    assert "&lt;b&gt;Second &amp; sons" in page.text
    assert "<b>" not in page.text
    assert (begun.status, urlsplit(arrived.location).path) == (303, "/auth/devices")
    assert await seen(world, browser) == (SECOND, ["cashier"], ["s-1"])


async def test_the_page_leads_nowhere_else(world: Journey, person: User):
    browser, _ = await signed_in(world, person.username)

    page = await browser.get(f"{world.bff}/auth/tenant?return_to=https%3A%2F%2Fevil.example")

    assert set(re.findall(r'name="return_to" value="([^"]*)"', page.text)) == {"/"}


@pytest.mark.parametrize("tenants", [["first"], ["one x"], ["9 "]])
async def test_a_list_of_tenants_that_is_unreadable_signs_nobody_in(world: Journey, person: User, tenants: list[str]):
    change(world, person, tenants=tenants)

    browser, refused = await signed_in(world, person.username)

    assert refused.status == 400
    assert world.session_cookie not in browser.cookies


@pytest.mark.parametrize("query", ["silent=1", "step_up=otp"])
async def test_a_step_up_and_a_silent_sign_in_stay_in_the_tenant(world: Journey, person: User, query: str):
    browser, _ = await signed_in(world, person.username)
    await switched(world, browser, SECOND)

    begun = await browser.get(f"{world.bff}/auth/login?{query}")
    scopes = parse_qs(urlsplit(begun.location).query)["scope"]
    change(world, person, membership_1=[f"tenant:{STRANGE}", "role:tenant_owner"])
    elsewhere = await browser.get(f"{world.bff}/auth/login?silent=1")
    refused = await browser.get((await browser.get(elsewhere.location)).location)

    assert scopes == ["openid profile membership-1"]
    assert refused.status == 400
    assert await seen(world, browser) == (SECOND, ["cashier"], ["s-1"])


async def test_n2_somebody_else_does_not_come_back_from_a_switch(world: Journey, person: User):
    browser, _ = await signed_in(world, person.username)
    begun = await begin_switch(world, browser, SECOND, **CSRF)
    other = world.browser()
    await world.authorized(other, person_of_two_tenants(world).username)
    browser.cookies |= {name: value for name, value in other.cookies.items() if name != world.login_cookie}

    refused = await browser.get((await browser.get(begun.json()["continue_at"])).location)

    assert (refused.status, "LOGIN_OTHER_PERSON" in refused.text) == (400, True)
