"""Take a person's PIN away, so that a new one can be chosen."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import NoSuchUser
from subgraphs.identity.repository.people import user_for_update
from subgraphs.identity.repository.pins import pin_for_update


@dataclass(frozen=True, slots=True)
class ResetPin:
    """Whose."""

    user_id: UUID


async def reset_pin(tx: Transaction, command: ResetPin) -> UUID:
    """Forget the PIN and its lock; without one nothing happens. The user's id.

    Raises:
        NoSuchUser: the tenant has no such user.
    """
    user = await user_for_update(tx.session, command.user_id)
    if user is None:
        raise NoSuchUser("there is no such user", field=("userId",))
    pin = await pin_for_update(tx.session, user.keycloak_id or "")
    if pin is not None:
        pin.note_reset()
        await tx.session.delete(pin)
    return user.id
