"""One account for a person of several tenants: every crash point, every order in which tenants change it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from kernel.ids import uuid7
from subgraphs.identity.model import AccountMail
from subgraphs.identity.ports import Account, EnterableTenant, Membership
from tests.factories.databases import ProvisionedDatabase
from tests.factories.people import People, people_of, store, uuid_of
from tests.fakes.identity_provider import FakeIdentityProvider, Killed

#: find, create (taken), with_address, roles (of whom it is), roles, update, send_mail
CALLS_OF_JOINING = 7
#: find, get, roles, update, end_sessions
CALLS_OF_LEAVING = 5


@pytest.fixture
async def first(provisioned_database: ProvisionedDatabase) -> AsyncIterator[People]:
    """The tenant whose buyer Ada is."""
    async with people_of(provisioned_database, FakeIdentityProvider()) as people:
        await people.create_tenant()
        await people.invited(email="owner@example.test", roles=["tenant_owner"])
        yield people


@pytest.fixture
async def second(first: People) -> People:
    people = first.for_tenant(uuid7())
    await people.create_tenant()
    return people


def provider_of(people: People) -> FakeIdentityProvider:
    assert isinstance(people.provider, FakeIdentityProvider)
    return people.provider


def ada_of(people: People) -> Account:
    [account] = [one for one in provider_of(people).accounts.values() if one.email == "ada@example.test"]
    return account


async def joined(people: People, **changes: object) -> str:
    user = await people.invited(**changes)
    await people.work()
    return user


def tenants_of(*people: People) -> tuple[EnterableTenant, ...]:
    return tuple(EnterableTenant(slot, one.client.tenant_id, "Shop") for slot, one in enumerate(people))


async def test_who_has_an_account_elsewhere_gets_a_membership(first: People, second: People):
    bought = await joined(first, roles=["buyer"], storeIds=[store(1)])
    alone = ada_of(first)

    sold = await joined(second, roles=["cashier"], storeIds=[store(2)], displayName="A. Lovelace")

    account = ada_of(first)
    membership = Membership(1, second.client.tenant_id, ("cashier",), (UUID(int=2),))
    assert (alone.memberships, alone.tenants) == ((), ())
    assert account == replace(alone, memberships=(membership,), tenants=tenants_of(first, second))
    assert provider_of(first).held[account.id] == {"buyer"}
    assert provider_of(first).mails[-1] == (account.id, AccountMail.MEMBERSHIP)
    assert (await second.user(sold))["keycloakId"] == account.id
    assert (await first.user(bought))["roles"] == ["buyer"]
    assert await second.events() == ["retail.tenant.created.v1", "retail.user.invited.v1", "retail.user.created.v1"]


async def test_who_invites_does_not_learn_whether_there_was_an_account(first: People, second: People):
    await joined(first)

    known = await second.invite()
    unknown = await second.invite(email="nobody@example.test")
    asked = [payload["user"].pop("id") for payload in (known, unknown)]
    before = [await second.user(user) for user in asked]
    await second.work()
    after = [await second.user(user) for user in asked]

    assert known["user"].pop("email") != unknown["user"].pop("email")
    assert known == unknown
    assert [(one["accountState"], one["keycloakId"]) for one in before] == [("PENDING", None)] * 2
    assert [(one["accountState"], len(one["keycloakId"])) for one in after] == [("IN_STEP", 36)] * 2


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS_OF_JOINING + 1))
async def test_a_worker_killed_while_joining_loses_nothing(first: People, second: People, call: int, is_after: bool):
    await joined(first, roles=["buyer"])
    user = await second.invited()
    provider = provider_of(first)
    provider.calls.clear()
    provider.dies_at = (call, is_after)
    # a taken address has no effect after which a worker could die
    if (call, is_after) != (2, True):
        with pytest.raises(Killed):
            await second.work()

    provider.dies_at = None
    await second.work()
    assert await second.work() == 0

    account = ada_of(first)
    assert account.memberships == (Membership(1, second.client.tenant_id, ("cashier",), ()),)
    assert provider.held[account.id] == {"buyer"}
    assert (await second.user(user))["accountState"] == "IN_STEP"
    assert (await second.events())[1:] == ["retail.user.invited.v1", "retail.user.created.v1"]


@pytest.mark.parametrize("became", ["another address", "the platform's"])
async def test_who_is_dismissed_leaves_whatever_the_account_has_become(first: People, second: People, became: str):
    await joined(first, roles=["buyer"])
    user = await joined(second)
    provider, account = provider_of(first), ada_of(first)
    if became == "another address":
        provider.accounts[account.id] = replace(account, email="changed@example.test")
    else:
        provider.held[account.id] = frozenset({"buyer", "platform_admin"})
    provider.logouts.clear()

    await second.do("userDeactivate", id=user)
    await second.work()

    assert provider.accounts[account.id].memberships == ()
    assert provider.logouts == [account.id]
    assert (await second.user(user))["accountState"] == "IN_STEP"
    # what is not a tenant's to give is not its to take
    kept = {"buyer"} if became == "another address" else {"buyer", "platform_admin"}
    assert provider.held[account.id] == kept


async def test_who_is_in_the_account_already_is_not_in_it_twice(first: People, second: People):
    await joined(first, roles=["buyer"])
    await joined(second)
    again = await second.do(
        "userCreate",
        role="platform_admin",
        input={
            "keycloakId": "unknown-at-the-provider",
            "email": "ada@example.test",
            "displayName": "Ada",
            "roles": ["cashier"],
        },
    )
    user = again["user"]["id"]

    await second.do("userRolesAssign", id=user, roles=["buyer"])
    await second.work()

    assert [one.slot for one in ada_of(first).memberships] == [1]
    assert (await second.user(user))["accountState"] == "REFUSED"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS_OF_LEAVING + 1))
async def test_a_worker_killed_while_leaving_loses_nothing(first: People, second: People, call: int, is_after: bool):
    await joined(first, roles=["buyer"])
    user = await joined(second)
    await second.do("userDeactivate", id=user)
    provider = provider_of(first)
    provider.calls.clear()
    provider.dies_at = (call, is_after)
    with pytest.raises(Killed):
        await second.work()

    provider.dies_at = None
    assert await second.work() == 1

    account = ada_of(first)
    assert (account.is_enabled, account.tenant_id) == (True, first.client.tenant_id)
    assert (account.memberships, account.tenants) == ((), ())
    assert provider.held[account.id] == {"buyer"}
    assert provider.logouts[-1] == account.id


async def test_who_leaves_the_first_tenant_keeps_the_others_and_comes_back(first: People, second: People):
    bought = await joined(first, roles=["buyer"], storeIds=[store(1)])
    await joined(second)
    whole = ada_of(first)

    await first.do("userDeactivate", id=bought)
    await first.work()
    left = ada_of(first)
    roles_left = provider_of(first).held[left.id]
    await first.do("userReactivate", id=bought)
    await first.work()

    [in_first, in_second] = whole.tenants
    assert left == replace(whole, tenant_id=None, store_ids=(), tenants=(in_second,))
    assert in_first.tenant_id == first.client.tenant_id
    assert roles_left == frozenset()
    assert ada_of(first) == whole
    assert provider_of(first).held[whole.id] == {"buyer"}


async def test_an_account_closed_by_its_first_tenant_opens_for_the_second_without_anything_of_the_first(
    first: People, second: People
):
    bought = await joined(first, roles=["buyer"], storeIds=[store(1)])
    sold = await joined(second)
    await second.do("userDeactivate", id=sold)
    await second.work()
    await first.do("userDeactivate", id=bought)
    await first.work()
    closed = ada_of(first)
    held_at_opening: list[frozenset[str]] = []
    provider = provider_of(first)
    original = provider.update

    async def watched(account_id: str, profile: object) -> None:
        held_at_opening.append(provider.held[account_id])
        await original(account_id, profile)

    provider.update = watched
    await second.do("userReactivate", id=sold)
    await second.work()

    opened = ada_of(first)
    assert (closed.is_enabled, closed.tenant_id) == (False, first.client.tenant_id)
    assert (opened.is_enabled, opened.tenant_id, opened.store_ids) == (True, None, ())
    assert [one.tenant_id for one in opened.memberships] == [second.client.tenant_id]
    assert held_at_opening == [frozenset()]


async def test_what_the_other_tenants_worker_writes_meanwhile_is_not_lost(first: People, second: People):
    bought = await joined(first, roles=["buyer"])
    sold = await joined(second)
    provider = provider_of(first)
    original = provider.update
    await first.do("userStoresAssign", id=bought, storeIds=[store(1)])

    async def overtaken(account_id: str, profile: object) -> None:
        provider.update = original
        await second.do("userRolesAssign", id=sold, roles=["marketer"])
        await second.work()
        await original(account_id, profile)

    provider.update = overtaken
    await first.work()

    account = ada_of(first)
    assert account.store_ids == (UUID(int=1),)
    assert [one.roles for one in account.memberships] == [("marketer",)]


async def test_the_first_tenants_changes_leave_the_memberships_alone(first: People, second: People):
    bought = await joined(first, roles=["buyer"])
    await joined(second)
    before = ada_of(first)

    await first.do("userRolesAssign", id=bought, roles=["marketer"])
    await first.do("userStoresAssign", id=bought, storeIds=[store(4)])
    await first.work()

    assert ada_of(first) == replace(before, store_ids=(UUID(int=4),))
    assert provider_of(first).held[before.id] == {"marketer"}


async def test_the_platforms_account_becomes_no_member(first: People, second: People):
    await joined(first)
    account = ada_of(first)
    provider_of(first).held[account.id] = frozenset({"platform_admin"})

    user = await joined(second)

    assert (await second.user(user))["accountState"] == "REFUSED"
    assert ada_of(first) == account


async def test_an_account_recorded_by_its_id_joins_only_with_its_own_address(first: People, second: People):
    await joined(first)
    account = ada_of(first)
    recorded = await second.do(
        "userCreate",
        input={"keycloakId": account.id, "email": "eve@example.test", "displayName": "Eve", "roles": ["cashier"]},
    )

    await second.do("userStoresAssign", id=recorded["user"]["id"], storeIds=[store(1)])
    await second.work()

    assert (await second.user(recorded["user"]["id"]))["accountState"] == "REFUSED"
    assert ada_of(first) == account


async def test_the_eighth_membership_finds_no_place(first: People, second: People):
    await joined(first)
    others = [second, *(first.for_tenant(uuid7()) for _ in range(7))]

    users = [await joined(one) for one in others]

    states = [(await one.user(user))["accountState"] for one, user in zip(others, users, strict=True)]
    assert states == ["IN_STEP"] * 7 + ["REFUSED"]
    assert [one.slot for one in ada_of(first).memberships] == [1, 2, 3, 4, 5, 6, 7]


async def test_an_account_lost_at_the_provider_is_made_again_for_all_its_tenants(first: People, second: People):
    bought, sold = await joined(first, roles=["buyer"]), await joined(second)
    del provider_of(first).accounts[ada_of(first).id]

    sweep = first.sweep()
    waiting: list[tuple[object, ...]] = []
    while len(waiting) < 2:
        await sweep.next_page()
        waiting = await first.run_sql("SELECT user_id FROM account_task")
        waiting += await second.run_sql("SELECT user_id FROM account_task")
    await second.work()
    await first.work()

    account = ada_of(first)
    assert account.user_id == uuid_of(sold)
    assert [one.tenant_id for one in account.memberships] == [first.client.tenant_id]
    assert [one.tenant_id for one in account.tenants] == [second.client.tenant_id, first.client.tenant_id]
    assert (await first.user(bought))["keycloakId"] == (await second.user(sold))["keycloakId"] == account.id
