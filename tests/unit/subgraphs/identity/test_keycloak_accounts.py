"""Accounts as Keycloak tells them, with attributes that somebody may have written by hand."""

from uuid import UUID

import pytest

from subgraphs.identity.adapters.keycloak import _User
from subgraphs.identity.ports import Account, EnterableTenant, Membership

TENANT, STORE, USER = UUID(int=1), UUID(int=2), UUID(int=3)


def account(**attributes: list[str]) -> Account:
    told = {"id": "k", "username": "ada", "email": "ada@example.test", "enabled": True, "attributes": attributes}
    return _User.model_validate(told).account()


def test_what_we_wrote_is_read_back():
    found = account(
        tenant_id=[str(TENANT)],
        retailflow_user_id=[str(USER)],
        store_ids=[str(STORE)],
        membership_2=[f"tenant:{TENANT}", "role:cashier", "role:buyer", f"store:{STORE}"],
        tenants=[f"2 {TENANT} Corner Shop"],
    )

    assert (found.tenant_id, found.user_id, found.store_ids) == (TENANT, USER, (STORE,))
    assert found.memberships == (Membership(2, TENANT, ("buyer", "cashier"), (STORE,)),)
    assert found.tenants == (EnterableTenant(2, TENANT, "Corner Shop"),)


@pytest.mark.parametrize(
    "odd",
    [
        {"membership_1": ["role:cashier"]},
        {"membership_1": ["tenant:nonsense"]},
        {"membership_1": [f"tenant:{TENANT}", f"tenant:{STORE}"]},
        {"tenants": [f"1 {TENANT}"]},
        {"tenants": ["one shop"]},
        {"tenants": ["", "x y z"]},
        {"store_ids": ["nonsense"]},
        {"retailflow_user_id": ["nonsense"]},
        {"tenant_id": ["nonsense"]},
    ],
)
def test_what_nobody_can_read_is_not_there(odd: dict[str, list[str]]):
    assert account(**odd) == account()


def test_what_can_be_read_beside_it_is_there():
    found = account(store_ids=["nonsense", str(STORE)], membership_1=["role:x"], membership_2=[f"tenant:{TENANT}"])

    assert found.store_ids == (STORE,)
    assert [one.slot for one in found.memberships] == [2]
