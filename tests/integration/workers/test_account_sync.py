"""The worker that keeps accounts in step: every crash point, every owner of an account, every order of events."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from kernel.ids import uuid7
from subgraphs.identity.model import AccountMail
from tests.factories.databases import ProvisionedDatabase
from tests.factories.people import People, people_of, store, uuid_of
from tests.fakes.identity_provider import FakeIdentityProvider, Killed, without_user

#: find, create, roles, change_roles, send_mail
CALLS_OF_AN_INVITATION = 5
#: find, roles (of whom it is), update, roles, change_roles, end_sessions, send_mail
CALLS_OF_A_CHANGE = 7


@pytest.fixture
async def people(provisioned_database: ProvisionedDatabase) -> AsyncIterator[People]:
    async with people_of(provisioned_database, FakeIdentityProvider()) as people:
        yield people


def provider_of(people: People) -> FakeIdentityProvider:
    assert isinstance(people.provider, FakeIdentityProvider)
    return people.provider


async def test_an_invitation_makes_an_account_gives_roles_and_writes(people: People):
    user = await people.invited(roles=["buyer", "cashier"], storeIds=[store(7)])

    assert await people.work() == 1
    assert await people.work() == 0

    provider = provider_of(people)
    [account] = provider.accounts.values()
    assert (account.tenant_id, account.user_id) == (people.client.tenant_id, uuid_of(user))
    assert (account.email, account.first_name, account.last_name) == ("ada@example.test", "Ada", "Lovelace")
    assert (account.store_ids, account.is_enabled) == ((UUID(int=7),), True)
    assert provider.held == {account.id: {"buyer", "cashier"}}
    assert provider.mails == [(account.id, AccountMail.INVITATION)]
    shown = await people.user(user)
    assert (shown["keycloakId"], shown["accountState"]) == (account.id, "IN_STEP")
    assert await people.events() == ["retail.user.invited.v1", "retail.user.created.v1"]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS_OF_AN_INVITATION + 1))
async def test_a_worker_killed_while_inviting_loses_nothing(people: People, call: int, is_after: bool):
    user = await people.invited()
    provider = provider_of(people)
    provider.dies_at = (call, is_after)
    with pytest.raises(Killed):
        await people.work()

    provider.dies_at = None
    assert await people.work() == 1
    assert await people.work() == 0

    [account] = provider.accounts.values()
    assert provider.held == {account.id: {"cashier"}}
    # who dies between the mail and its record writes again
    has_written_before = (call, is_after) == (CALLS_OF_AN_INVITATION, True)
    assert provider.mails == [(account.id, AccountMail.INVITATION)] * (1 + has_written_before)
    assert (await people.user(user))["keycloakId"] == account.id
    assert await people.events() == ["retail.user.invited.v1", "retail.user.created.v1"]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS_OF_A_CHANGE + 1))
async def test_a_worker_killed_while_changing_loses_nothing(people: People, call: int, is_after: bool):
    user = await people.invited()
    await people.work()
    await people.do("userRolesAssign", id=user, roles=["buyer"])
    await people.do("userPasswordResetSend", id=user)
    await people.do("userDeactivate", id=user)
    provider = provider_of(people)
    provider.calls.clear()
    provider.dies_at = (call, is_after)
    with pytest.raises(Killed):
        await people.work()

    provider.dies_at = None
    assert await people.work() == 1

    [account] = provider.accounts.values()
    assert account.is_enabled is False
    assert provider.held == {account.id: {"buyer"}}
    assert provider.logouts[-1] == account.id
    assert provider.mails[-1] == (account.id, AccountMail.PASSWORD_RESET)
    assert (await people.user(user))["accountState"] == "IN_STEP"
    assert await people.run_sql("SELECT * FROM account_task") == []


async def test_a_silent_provider_is_asked_again_later_and_nothing_is_recorded(people: People):
    user = await people.invited()
    provider = provider_of(people)
    provider.is_silent = True

    await people.work()
    waits = await people.run_sql("SELECT next_run_at > now(), lease_until, last_error FROM account_task")
    provider.is_silent = False
    await people.work()

    assert waits == [(True, None, "HTTP 503")]
    assert (await people.user(user))["accountState"] == "IN_STEP"


async def test_what_is_asked_while_the_worker_works_is_done_next(people: People):
    user = await people.invited()
    provider = provider_of(people)
    original = provider.send_mail

    async def meanwhile(account_id: str, mail: AccountMail) -> None:
        await people.do("userRolesAssign", id=user, roles=["buyer"])
        await original(account_id, mail)

    provider.send_mail = meanwhile
    await people.work()
    between = await people.user(user)
    provider.send_mail = original
    await people.work()

    [account] = provider.accounts.values()
    assert (between["accountState"], between["keycloakId"]) == ("PENDING", account.id)
    assert provider.held == {account.id: {"buyer"}}
    assert (await people.user(user))["accountState"] == "IN_STEP"


async def test_an_account_lost_at_the_provider_is_made_again(people: People):
    user = await people.invited()
    await people.work()
    provider = provider_of(people)
    [lost] = provider.accounts
    provider.accounts.clear()

    await people.do("userPasswordResetSend", id=user)
    await people.work()

    [account] = provider.accounts.values()
    assert account.id != lost
    assert (await people.user(user))["keycloakId"] == account.id
    assert provider.held[account.id] == {"cashier"}


async def test_an_account_that_was_there_first_is_taken_over_by_its_own_tenant(people: People):
    user = await people.invited()
    await people.work()
    provider = provider_of(people)
    [account] = provider.accounts.values()
    provider.accounts[account.id] = without_user(account)

    await people.do("userStoresAssign", id=user, storeIds=[store(4)])
    await people.work()

    assert provider.accounts == {account.id: replace(account, store_ids=(UUID(int=4),))}


@pytest.mark.parametrize("whose", ["another tenant", "another user", "the platform"])
async def test_an_account_of_somebody_else_is_not_touched(people: People, whose: str):
    provider = provider_of(people)
    await people.invited(email="other@example.test")
    await people.work()
    [other] = provider.accounts.values()
    if whose == "another tenant":
        other = replace(without_user(other), tenant_id=uuid7())
    elif whose == "the platform":
        other = without_user(other)
        provider.held[other.id] = frozenset({"platform_admin"})
    provider.accounts[other.id] = other
    held = dict(provider.held)
    await people.run_sql('DELETE FROM "user"')
    mine = {"keycloakId": other.id, "email": "mine@example.test", "displayName": "Mine", "roles": ["tenant_owner"]}
    recorded = await people.do("userCreate", input=mine)

    await people.do("userStoresAssign", id=recorded["user"]["id"], storeIds=[store(1)])
    await people.work()

    assert provider.accounts == {other.id: other}
    assert provider.held == held
    assert (await people.user(recorded["user"]["id"]))["accountState"] == "REFUSED"


async def test_an_address_of_another_account_is_refused_until_it_is_free(people: People):
    """An account that no user of ours belongs to is nobody's to take; with a user elsewhere, see the memberships."""
    provider = provider_of(people)
    stranger = people.for_tenant(uuid7())
    await stranger.invited()
    await stranger.work()
    [theirs] = provider.accounts.values()
    provider.accounts[theirs.id] = without_user(theirs)

    user = await people.invited()
    await people.work()
    refused = await people.user(user)
    del provider.accounts[theirs.id]
    await people.do("userPasswordResetSend", id=user)
    await people.work()

    assert (refused["accountState"], refused["keycloakId"]) == ("REFUSED", None)
    [account] = provider.accounts.values()
    assert account.tenant_id == people.client.tenant_id
    assert (account.id, AccountMail.INVITATION) == provider.mails[-1]
