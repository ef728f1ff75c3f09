"""Inviting and changing users: who may, what is refused, and what accounts are owed."""

from collections.abc import AsyncIterator

import pytest

from kernel.database import count_statements
from kernel.ids import uuid7
from kernel.permissions import ROLE_SCOPES, SERVICE_ROLES
from tests.factories.databases import ProvisionedDatabase
from tests.factories.people import People, people_of, store
from tests.fakes.identity_provider import FakeIdentityProvider

TASKS = "SELECT mail_owed, logout_owed FROM account_task"
ABOVE = sorted({*SERVICE_ROLES, "platform_admin", "device"})


@pytest.fixture
async def people(provisioned_database: ProvisionedDatabase) -> AsyncIterator[People]:
    async with people_of(provisioned_database, FakeIdentityProvider()) as people:
        yield people


async def test_an_invited_user_is_pending_and_owed_an_invitation(people: People):
    payload = await people.invite(email=" Ada@Example.test ", storeIds=[store(2), store(1), store(2)])

    user = payload["user"]
    assert (user["email"], user["keycloakId"], user["accountState"]) == ("ada@example.test", None, "PENDING")
    assert user["storeIds"] == [store(1), store(2)]
    assert await people.run_sql(TASKS) == [("INVITATION", False)]
    assert await people.events() == ["retail.user.invited.v1"]


async def test_an_invitation_costs_a_fixed_number_of_statements(people: People):
    with count_statements() as count:
        await people.invite()

    # fence, address, user, task, outbox; fence, user of the answer
    assert count.total == 7


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "nobody"}, ("email", "INVALID")),
        ({"displayName": " "}, ("displayName", "INVALID")),
        ({"roles": ["emperor"]}, ("roles", "UNKNOWN_ROLE")),
        *(({"roles": ["cashier", role]}, ("roles", "ROLE_NOT_GRANTABLE")) for role in ABOVE),
    ],
)
@pytest.mark.parametrize("caller", ["tenant_owner", "platform_admin"])
async def test_a_refused_invitation_changes_nothing(
    people: People, caller: str, changes: dict[str, object], error: tuple[str, str]
):
    payload = await people.invite(caller, **changes)

    field, code = error
    assert payload == {"user": None, "userErrors": [{"field": ["input", field], "code": code}]}
    assert await people.run_sql('SELECT id FROM "user"') == []
    assert await people.run_sql(TASKS) == []
    assert await people.events() == []


async def test_an_address_is_invited_once(people: People):
    await people.invited()

    again = await people.invite(email="ADA@example.test")

    assert again["userErrors"] == [{"field": ["input", "email"], "code": "EMAIL_TAKEN"}]
    assert len(await people.run_sql('SELECT id FROM "user"')) == 1


@pytest.mark.parametrize("caller", sorted(role for role in ROLE_SCOPES if "identity:manage" not in ROLE_SCOPES[role]))
async def test_nobody_else_invites(people: People, caller: str):
    variables = {"input": {"email": "a@b.test", "displayName": "A", "roles": ["cashier"]}}
    document = "mutation($input: UserInviteInput!) { userInvite(input: $input) { user { id } } }"

    answer = await people.client.answer(document, variables, role=caller)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await people.run_sql('SELECT id FROM "user"') == []


async def test_who_may_do_less_gives_and_takes_nothing_from_who_may_do_more(people: People):
    owner = await people.invited(email="owner@example.test", roles=["tenant_owner"])
    cashier = await people.invited()
    # of all who hold identity:manage, this one may not touch orders
    caller = "demo_setup"

    refused = [
        await people.do("userRolesAssign", caller, id=cashier, roles=["tenant_owner"]),
        await people.do("userRolesAssign", caller, id=owner, roles=["marketer"]),
        await people.do("userDeactivate", caller, id=owner),
        await people.do("userStoresAssign", caller, id=owner, storeIds=[]),
        await people.do("userPasswordResetSend", caller, id=owner),
    ]

    assert [payload["userErrors"][0]["code"] for payload in refused] == ["ROLE_NOT_GRANTABLE"] * 5
    assert (await people.user(owner))["roles"] == ["tenant_owner"]
    assert (await people.user(cashier))["roles"] == ["cashier"]


async def test_a_tenant_records_no_account_above_itself(people: People):
    given = {"keycloakId": "kc-1", "email": "root@example.test", "displayName": "Root", "roles": ["platform_admin"]}

    refused = await people.do("userCreate", input=given)
    recorded = await people.do("userCreate", "platform_admin", input=given)
    changed = await people.do("userRolesAssign", "platform_admin", id=recorded["user"]["id"], roles=["cashier"])

    assert refused["userErrors"][0]["code"] == "ROLE_NOT_GRANTABLE"
    assert changed["userErrors"][0]["code"] == "ROLE_NOT_GRANTABLE"
    assert (await people.user(recorded["user"]["id"]))["roles"] == ["platform_admin"]


async def test_the_last_owner_stays(people: People):
    owner = await people.invited(roles=["tenant_owner"])

    refused = [
        await people.do("userDeactivate", id=owner),
        await people.do("userRolesAssign", id=owner, roles=["cashier"]),
    ]
    second = await people.invited(email="second@example.test", roles=["tenant_owner", "cashier"])
    gone = await people.do("userDeactivate", id=owner)
    last = await people.do("userDeactivate", id=second)

    assert [payload["userErrors"][0]["code"] for payload in (*refused, last)] == ["LAST_OWNER"] * 3
    assert gone["user"]["isActive"] is False
    assert (await people.user(second))["isActive"] is True


async def test_changes_are_told_and_owed(people: People):
    user = await people.invited()
    await people.work()

    await people.do("userRolesAssign", id=user, roles=["buyer", "buyer"])
    await people.do("userStoresAssign", id=user, storeIds=[store(3)])
    await people.do("userPasswordResetSend", id=user)
    await people.do("userDeactivate", id=user)
    owed = await people.run_sql(TASKS)
    again = await people.do("userReactivate", id=user)

    assert owed == [("PASSWORD_RESET", True)]
    assert (again["user"]["roles"], again["user"]["storeIds"]) == (["buyer"], [store(3)])
    assert (again["user"]["isActive"], again["user"]["accountState"]) == (True, "PENDING")
    assert await people.events() == [
        "retail.user.invited.v1",
        "retail.user.created.v1",
        *["retail.user.updated.v1"] * 2,
        "retail.user.deleted.v1",
        "retail.user.updated.v1",
    ]


async def test_a_deactivated_user_gets_no_mail(people: People):
    user = await people.invited()
    await people.do("userDeactivate", id=user)

    refused = await people.do("userPasswordResetSend", id=user)

    assert refused["userErrors"] == [{"field": ["id"], "code": "USER_INACTIVE"}]


@pytest.mark.parametrize(
    "name", ["userDeactivate", "userReactivate", "userRolesAssign", "userStoresAssign", "userPasswordResetSend"]
)
async def test_t3_another_tenants_user_is_no_user(people: People, name: str):
    user = await people.invited()
    stranger = people.for_tenant(uuid7())
    given = {"userRolesAssign": {"roles": ["buyer"]}, "userStoresAssign": {"storeIds": []}}.get(name, {})
    payload = await stranger.do(name, id=user, **given)

    assert payload == {"user": None, "userErrors": [{"field": ["id"], "code": "NO_SUCH_USER"}]}
    assert await people.run_sql(TASKS) == [("INVITATION", False)]
