"""Deactivate a user."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import NoSuchUser
from subgraphs.identity.repository.people import user_for_update


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """Which user."""

    user_id: UUID


async def deactivate_user(tx: Transaction, command: DeactivateUser) -> UUID:
    """Deactivate; the user's id.

    Raises:
        NoSuchUser: the tenant has no such user.
    """
    user = await user_for_update(tx.session, command.user_id)
    if user is None:
        raise NoSuchUser("there is no such user", field=("id",))
    user.deactivate()
    return user.id
