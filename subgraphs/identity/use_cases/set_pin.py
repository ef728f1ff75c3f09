"""Choose one's own PIN."""

import asyncio
from dataclasses import dataclass

from kernel.database import Transaction
from kernel.errors import Refusal
from subgraphs.identity.errors import PinIsLocked, PinRefused
from subgraphs.identity.model import Pin, PinOwner, PinSecrets, require_strong
from subgraphs.identity.repository.pins import pin_for_update


@dataclass(frozen=True, slots=True)
class SetPin:
    """The new PIN, and the present one if there is one."""

    secrets: PinSecrets
    pin: str
    current_pin: str | None


async def set_pin(tx: Transaction, command: SetPin) -> Refusal | None:
    """Store the caller's PIN. A wrong present PIN is answered, not raised: its failure is counted.

    Raises:
        WeakPin: the new PIN is too easy to guess.
        PinIsLocked: the present PIN is locked, and only a manager's reset helps.
    """
    require_strong(command.pin, "input", "pin")
    owner = PinOwner(tx.tenant_id, tx.principal.subject)
    secrets = command.secrets
    known = await pin_for_update(tx.session, owner.subject)
    if known is None:
        tx.session.add(Pin.first(owner, await asyncio.to_thread(secrets.stored, command.pin, owner.as_bytes)))
        return None
    if known.is_locked:
        raise PinIsLocked("this PIN is locked: ask a manager to reset it")
    is_right = await asyncio.to_thread(secrets.is_right, command.current_pin or "", owner.as_bytes, known.stored)
    known.note_attempt(succeeded=is_right)
    if not is_right:
        return PinRefused("this is not your present PIN", field=("input", "currentPin"))
    known.change(await asyncio.to_thread(secrets.stored, command.pin, owner.as_bytes))
    return None
