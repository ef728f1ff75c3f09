"""What is only at the identity provider, or only here, comes to the other side by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from kernel.ids import uuid7
from subgraphs.identity.ports import Account, AccountProfile
from tests.factories.databases import ProvisionedDatabase
from tests.factories.people import People, people_of, store
from tests.fakes.identity_provider import FakeIdentityProvider, Killed, account_of, without_user


@pytest.fixture
async def people(provisioned_database: ProvisionedDatabase) -> AsyncIterator[People]:
    async with people_of(provisioned_database, FakeIdentityProvider()) as people:
        await people.create_tenant()
        # other tests have left users whose accounts this provider does not know
        await everything_swept(people)
        provider_of(people).calls.clear()
        yield people


def provider_of(people: People) -> FakeIdentityProvider:
    assert isinstance(people.provider, FakeIdentityProvider)
    return people.provider


def made_by_hand(people: People, tenant_id: UUID | None = None, *roles: str) -> Account:
    """An account that an administrator made at the provider."""
    profile = AccountProfile(
        user_id=uuid7(),
        tenant_id=tenant_id or people.client.tenant_id,
        email=f"{uuid7()}@example.test",
        first_name="Grace",
        last_name="Hopper",
        store_ids=(UUID(int=3),),
        is_enabled=True,
    )
    account = without_user(account_of(str(uuid7()), profile))
    provider_of(people).accounts[account.id] = account
    provider_of(people).held[account.id] = frozenset({*(roles or ("cashier",)), "offline_access"})
    return account


async def users(people: People) -> list[tuple[object, ...]]:
    return await people.run_sql('SELECT keycloak_id, email, display_name, roles, is_active FROM "user" ORDER BY id')


async def test_an_account_nobody_here_knows_becomes_a_user(people: People):
    account = made_by_hand(people)

    first, second = await people.sweep().next_page(), await people.sweep().next_page()
    await people.work()

    assert (first, second) == (1, 0)
    assert await users(people) == [(account.id, account.email, "Grace Hopper", ["cashier"], True)]
    [(user_id, state, stores)] = await people.run_sql('SELECT id, account_state, store_ids FROM "user"')
    assert (state, stores) == ("IN_STEP", [UUID(int=3)])
    assert provider_of(people).accounts == {account.id: replace(account, user_id=user_id)}
    assert provider_of(people).held[account.id] == {"cashier"}


async def test_a_user_that_was_lost_here_comes_back_under_its_own_id(people: People):
    user = await people.invited(storeIds=[store(3)])
    await people.work()
    before = await people.user(user)
    await people.run_sql('DELETE FROM "user"')

    assert await people.sweep().next_page() == 1
    await people.work()

    assert await people.user(user) == before


@pytest.mark.parametrize("role", ["platform_admin", "device", "service"])
async def test_an_account_above_tenants_is_not_adopted(people: People, role: str):
    made_by_hand(people, None, role)

    assert await people.sweep().next_page() == 0
    assert await users(people) == []


async def test_an_account_of_an_unknown_tenant_or_without_one_is_not_adopted(people: People):
    stranger = uuid7()
    made_by_hand(people, stranger)
    account = made_by_hand(people)
    provider_of(people).accounts[account.id] = replace(account, tenant_id=None)

    assert await people.sweep().next_page() == 0
    assert await users(people) == []
    assert await users(people.for_tenant(stranger)) == []


async def test_a_lost_account_is_made_again_without_a_mail(people: People):
    user = await people.invited()
    await people.work()
    provider = provider_of(people)
    provider.accounts.clear()
    provider.mails.clear()

    await everything_swept(people)
    owed = (await people.user(user))["accountState"]
    await people.work()

    [account] = provider.accounts.values()
    assert (owed, (await people.user(user))["keycloakId"]) == ("PENDING", account.id)
    assert provider.held[account.id] == {"cashier"}
    assert provider.mails == []


async def test_what_an_administrator_changed_stays(people: People):
    user = await people.invited()
    await people.work()
    provider = provider_of(people)
    [account] = provider.accounts.values()
    provider.accounts[account.id] = disabled = replace(account, is_enabled=False)

    await everything_swept(people)
    await people.work()

    assert provider.accounts == {account.id: disabled}
    assert (await people.user(user))["accountState"] == "IN_STEP"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", [1, 2])
async def test_a_sweep_killed_anywhere_is_made_up_for(people: People, call: int, is_after: bool):
    account = made_by_hand(people)
    provider = provider_of(people)
    provider.dies_at = (call, is_after)
    with pytest.raises(Killed):
        await people.sweep().next_page()

    provider.dies_at = None
    assert await people.sweep().next_page() == 1
    await people.work()

    assert [row[0] for row in await users(people)] == [account.id]
    assert provider.accounts[account.id].user_id is not None


async def everything_swept(people: People) -> None:
    """Sweep until nothing is on one side only."""
    sweep = people.sweep()
    while await sweep.next_page():
        pass
