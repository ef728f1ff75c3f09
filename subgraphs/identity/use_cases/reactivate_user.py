"""Let a deactivated user count again."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.use_cases.change_user import owe_account, user_to_change


@dataclass(frozen=True, slots=True)
class ReactivateUser:
    """Which user."""

    user_id: UUID


async def reactivate_user(tx: Transaction, command: ReactivateUser) -> UUID:
    """Reactivate; the user's id. An active user stays as it is.

    Raises:
        NoSuchUser, RoleNotGrantable: see `user_to_change`.
    """
    user = await user_to_change(tx, command.user_id)
    if not user.is_active:
        user.reactivate()
        await owe_account(tx, user)
    return user.id
