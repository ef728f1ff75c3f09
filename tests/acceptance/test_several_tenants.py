"""A person of two tenants, with either identity provider: invited, signed in, switched, shut out of one of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from bff.session.model import epoch_seconds
from kernel.ids import uuid7
from tests.factories.bff import CSRF, SESSION_COOKIE, Answer, Browser, submit_login
from tests.factories.databases import ProvisionedDatabase
from tests.factories.mails import CHOSEN_PASSWORD, follow_mail
from tests.factories.people import People, people_of, store
from tests.factories.sign_in import SignInWorld


@pytest.fixture
async def people(world: SignInWorld, provisioned_database: ProvisionedDatabase) -> AsyncIterator[People]:
    async with world.administration() as provider, people_of(provisioned_database, provider) as people:
        await people.create_tenant()
        yield people


async def person_of_two(world: SignInWorld, first: People, second: People) -> tuple[str, str, str]:
    """Owner of the first tenant, cashier of the second: the address, and the ids of both users."""
    email = f"grace-{uuid7().hex[-12:]}@lumen.example"
    await second.create_tenant()
    person = {"email": email, "displayName": "Grace Hopper"}
    owner = await first.invited(**person, roles=["tenant_owner"])
    await first.work()
    await follow_mail(world, email)
    cashier = await second.invited(**person, roles=["cashier"], storeIds=[store(5)])
    await second.work()
    assert (await second.user(cashier))["accountState"] == "IN_STEP"
    return email, owner, cashier


async def signed_in(world: SignInWorld, email: str) -> tuple[Browser, Answer]:
    browser = Browser(world.http)
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
    callback = await submit_login(browser, page, email, CHOSEN_PASSWORD)
    return browser, await browser.get(callback.location)


async def switched(world: SignInWorld, browser: Browser, tenant_id: UUID) -> Answer:
    """The callback's answer: the provider asks for nothing again."""
    begun = await browser.post(f"{world.bff}/auth/switch", json={"tenant_id": str(tenant_id)}, headers=CSRF)
    assert begun.status == 200, begun.text
    silent = await browser.get(begun.json()["continue_at"])
    assert silent.status in {302, 303}, silent.text
    return await browser.get(silent.location)


async def seen(world: SignInWorld, browser: Browser) -> tuple[str, list[str], list[str], str]:
    """Tenant, roles and stores of the session, and the tenant that a service sees."""
    session = (await browser.get(f"{world.bff}/auth/session")).json()
    me = (await world.graphql(browser)).json()["data"]["me"]
    assert me["roles"] == session["roles"]
    return session["tenant_id"], session["roles"], session["store_ids"], me["tenant"]


async def renew(world: SignInWorld, browser: Browser) -> None:
    """The access token is due at the next request."""
    session = await world.session_of(browser)
    due = replace(session, access_expires_at=epoch_seconds())
    assert await world.parts.store.replace(browser.cookies[SESSION_COOKIE], due)


async def test_each_session_is_in_one_tenant_with_the_rights_there(world: SignInWorld, people: People):
    """N17, T13: a new id at the switch; one tenant, its roles and its stores, in every token of the session."""
    other = people.for_tenant(uuid7())
    email, _, _ = await person_of_two(world, people, other)
    first, second = str(people.client.tenant_id), str(other.client.tenant_id)

    browser, landed = await signed_in(world, email)
    in_first = await seen(world, browser)
    former = browser.cookies[SESSION_COOKIE]
    arrived = await switched(world, browser, other.client.tenant_id)
    in_second = await seen(world, browser)
    await renew(world, browser)
    renewed = await seen(world, browser)
    elsewhere, _ = await signed_in(world, email)

    assert urlsplit(landed.location).path == "/auth/tenant"
    assert in_first == (first, ["tenant_owner"], [], first)
    assert (arrived.status, urlsplit(arrived.location).path) == (303, "/")
    assert in_second == (second, ["cashier"], [str(UUID(int=5))], second)
    assert renewed == in_second
    assert browser.cookies[SESSION_COOKIE] != former
    assert await world.parts.store.find(former) is None
    assert await seen(world, elsewhere) == in_first
    assert await seen(world, browser) == in_second
    listed = (await browser.get(f"{world.bff}/auth/tenants")).json()["tenants"]
    assert [(one["tenant_id"], one["name"], one["is_current"]) for one in listed] == [
        (first, "Shop", False),
        (second, "Shop", True),
    ]


async def test_whoever_leaves_a_tenant_goes_on_in_the_other(world: SignInWorld, people: People):
    """A membership that is gone ends the session at its next renewal, and cannot be entered again."""
    other = people.for_tenant(uuid7())
    email, _, cashier = await person_of_two(world, people, other)
    browser, _ = await signed_in(world, email)
    await switched(world, browser, other.client.tenant_id)
    still_listed, _ = await signed_in(world, email)

    await other.do("userDeactivate", id=cashier)
    await other.run_sql("UPDATE account_task SET logout_owed = false")
    await other.work()
    await renew(world, browser)
    gone = await world.graphql(browser)
    refused = await switched(world, still_listed, other.client.tenant_id)
    again, landed = await signed_in(world, email)

    assert (gone.status, refused.status) == (401, 400)
    assert (await seen(world, still_listed))[0] == str(people.client.tenant_id)
    assert urlsplit(landed.location).path == "/"
    assert (await seen(world, again))[:2] == (str(people.client.tenant_id), ["tenant_owner"])


async def test_whoever_leaves_the_first_tenant_keeps_nothing_of_it(world: SignInWorld, people: People):
    other = people.for_tenant(uuid7())
    email, owner, _ = await person_of_two(world, people, other)
    await people.invited(email=f"second-{email}", roles=["tenant_owner"])

    payload = await people.do("userDeactivate", id=owner)
    await people.work()
    browser, landed = await signed_in(world, email)
    outside = (await browser.get(f"{world.bff}/auth/session")).json()
    await switched(world, browser, other.client.tenant_id)

    assert payload["userErrors"] == []
    assert urlsplit(landed.location).path == "/auth/tenant"
    assert (outside["tenant_id"], outside["roles"], outside["scopes"]) == (None, [], [])
    assert await seen(world, browser) == (
        str(other.client.tenant_id),
        ["cashier"],
        [str(UUID(int=5))],
        str(other.client.tenant_id),
    )


async def test_two_tenants_at_once_are_none(world: SignInWorld, people: People):
    """T13: a request for two memberships gets no session, whatever the provider puts into the token."""
    other, third = people.for_tenant(uuid7()), people.for_tenant(uuid7())
    email, _, _ = await person_of_two(world, people, other)
    await third.invited(email=email, roles=["tenant_owner"])
    await third.work()
    browser, _ = await signed_in(world, email)
    begun = await browser.post(
        f"{world.bff}/auth/switch", json={"tenant_id": str(third.client.tenant_id)}, headers=CSRF
    )
    target = begun.json()["continue_at"]
    assert parse_qs(urlsplit(target).query)["scope"] == ["openid profile membership-2"]

    silent = await browser.get(target.replace("membership-2", "membership-2+membership-1"))
    refused = await browser.get(silent.location)

    assert refused.status == 400
    assert (await seen(world, browser))[0] == str(people.client.tenant_id)
