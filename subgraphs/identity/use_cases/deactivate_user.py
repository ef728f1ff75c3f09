"""Deactivate a user."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.use_cases.change_user import owe_account, require_another_owner, user_to_change


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """Which user."""

    user_id: UUID


async def deactivate_user(tx: Transaction, command: DeactivateUser) -> UUID:
    """Deactivate and end the sessions; the user's id. Deactivating twice is one deactivation.

    Raises:
        LastOwner: nobody else owns the tenant.
        NoSuchUser, RoleNotGrantable: see `user_to_change`.
    """
    user = await user_to_change(tx, command.user_id)
    if user.is_active:
        await require_another_owner(tx, user)
        user.deactivate()
        await owe_account(tx, user, logout=True)
    return user.id
