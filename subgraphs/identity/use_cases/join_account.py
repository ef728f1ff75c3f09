"""Give a user a slot of the account that its person has already, of another tenant."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.repository.people import user_for_update


@dataclass(frozen=True, slots=True)
class JoinAccount:
    """Which user joins which account, and where."""

    user_id: UUID
    account_id: str
    slot: int


async def join_account(tx: Transaction, command: JoinAccount) -> None:
    """Record it before the account says so: then no other tenant gets the slot."""
    user = await user_for_update(tx.session, command.user_id)
    if user is not None:
        user.link(command.account_id, command.slot)
