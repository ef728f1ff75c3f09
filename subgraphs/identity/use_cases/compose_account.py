"""What one account says of a person who is a user of one or several tenants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.membership import NEVER_OF_MEMBERS
from subgraphs.identity.ports import AccountProfile, EnterableTenant, Membership
from subgraphs.identity.repository.accounts import AccountUser

FIRST: Final = 0


@dataclass(frozen=True, slots=True)
class WholeAccount:
    """Everything an account should be; `roles` are those of the first tenant."""

    profile: AccountProfile
    roles: frozenset[str]


def compose_account(first: AccountUser, users: Sequence[AccountUser]) -> WholeAccount:
    """From the user in the account's first tenant, and all its users.

    Who may not enter the first tenant any more, but another, has nothing of the first left in the account.
    """
    members = [user for user in users if user.slot != FIRST and user.is_active]
    may_enter_first = first.is_active or not members
    first_name, _, last_name = first.display_name.rpartition(" ")
    profile = AccountProfile(
        user_id=first.user_id,
        tenant_id=first.tenant_id if may_enter_first else None,
        email=first.email.lower(),
        first_name=first_name,
        last_name=last_name,
        store_ids=first.store_ids if may_enter_first else (),
        is_enabled=first.is_active or bool(members),
        memberships=tuple(_membership(user) for user in members),
        tenants=tuple(
            EnterableTenant(user.slot, user.tenant_id, user.tenant_name)
            for user in ([first] if may_enter_first else []) + members
            if members
        ),
    )
    return WholeAccount(profile, frozenset(first.roles) if may_enter_first else frozenset())


def _membership(user: AccountUser) -> Membership:
    roles = tuple(sorted({*user.roles} - NEVER_OF_MEMBERS))
    return Membership(user.slot, user.tenant_id, roles, tuple(sorted(user.store_ids)))
