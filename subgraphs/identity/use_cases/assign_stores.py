"""Replace the stores a user works in."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.use_cases.change_user import owe_account, user_to_change


@dataclass(frozen=True, slots=True)
class AssignStores:
    """All stores the user has afterwards."""

    user_id: UUID
    store_ids: tuple[UUID, ...]


async def assign_stores(tx: Transaction, command: AssignStores) -> UUID:
    """Replace the stores; the user's id.

    Raises:
        NoSuchUser, RoleNotGrantable: see `user_to_change`.
    """
    user = await user_to_change(tx, command.user_id)
    user.assign_stores(list(command.store_ids))
    await owe_account(tx, user)
    return user.id
