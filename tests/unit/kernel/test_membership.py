"""T13: a token names exactly one tenant, also for people of several."""

from uuid import UUID

import pytest

from kernel.errors import Unauthenticated
from kernel.membership import NEVER_OF_MEMBERS, SLOTS, scope_of
from kernel.permissions import SERVICE_ROLES
from tests.factories.tokens import TokenFactory

FIRST = UUID("01920000-0000-7000-8000-000000000001")
SECOND = UUID("01920000-0000-7000-8000-000000000002")
MEMBERSHIP = [f"tenant:{SECOND}", "role:cashier", "store:s-1"]
tokens = TokenFactory()


async def test_a_membership_that_was_asked_for_replaces_everything_of_the_first_tenant():
    token = tokens.access_token(
        FIRST, "tenant_owner", store_ids=["s-9"], scope="openid membership-3", membership=MEMBERSHIP
    )

    principal = await tokens.verifier().verify(token)

    assert principal.tenant_id == SECOND
    assert (principal.roles, principal.store_ids) == (frozenset({"cashier"}), frozenset({"s-1"}))


async def test_a_person_who_may_not_enter_the_first_tenant_has_the_membership():
    token = tokens.access_token(None, scope="membership-1", membership=[f"tenant:{SECOND}"])

    principal = await tokens.verifier().verify(token)

    assert (principal.tenant_id, principal.roles, principal.store_ids) == (SECOND, frozenset(), frozenset())


@pytest.mark.parametrize(
    ("scope", "membership"),
    [
        ("membership-1", None),
        ("membership-1", []),
        ("membership-1", ["role:cashier"]),
        ("membership-1", "tenant:" + str(SECOND)),
        ("membership-1", {"tenant": str(SECOND)}),
        ("membership-1 membership-2", MEMBERSHIP),
        ("membership-1", [*MEMBERSHIP, f"tenant:{FIRST}"]),
        ("membership-1", [*MEMBERSHIP, f"tenant:{SECOND}"]),
        ("membership-1", [f"tenant:{FIRST}", "role:cashier"]),
        ("membership-1", ["tenant:01920000-0000-7000-8000-00000000000A"]),
        ("membership-1", ["tenant:", "role:cashier"]),
        ("membership-1", [*MEMBERSHIP, "scope:orders:manage"]),
        ("membership-1", [*MEMBERSHIP, 7]),
        ("openid profile", MEMBERSHIP),
        ("", MEMBERSHIP),
        *(("membership-1", [*MEMBERSHIP, f"role:{role}"]) for role in sorted(NEVER_OF_MEMBERS)),
    ],
    ids=str,
)
async def test_t13_whatever_is_not_exactly_one_tenant_is_refused(scope: str, membership: object):
    stated = {} if membership is None else {"membership": membership}

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(tokens.access_token(FIRST, "cashier", scope=scope, **stated))


async def test_t13_a_service_is_no_member_of_a_tenant():
    token = tokens.access_token(None, "service", scope="membership-1", membership=MEMBERSHIP)

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


def test_no_role_of_a_service_is_a_members():
    assert SERVICE_ROLES < NEVER_OF_MEMBERS
    assert [scope_of(slot) for slot in SLOTS] == [f"membership-{number}" for number in range(1, 8)]
