"""Check the caller's own PIN at a till."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import Refusal
from subgraphs.identity.errors import PinIsLocked, PinNotSet, PinRefused
from subgraphs.identity.model import PinOwner, PinSecrets
from subgraphs.identity.repository.pins import pin_for_update
from subgraphs.identity.use_cases.use_device import use_device


@dataclass(frozen=True, slots=True)
class VerifyPin:
    """A PIN typed in at a till by the caller."""

    secrets: PinSecrets
    pin: str
    device_id: UUID


async def verify_pin(tx: Transaction, command: VerifyPin) -> Refusal | None:
    """None if it is the caller's PIN. A wrong one is answered, not raised: its failure is counted.

    Raises:
        DeviceRefused: see `use_device`.
        PinNotSet: the caller has none.
        PinIsLocked: it was tried too often before.
    """
    await use_device(tx, command.device_id)
    owner = PinOwner(tx.tenant_id, tx.principal.subject)
    pin = await pin_for_update(tx.session, owner.subject)
    if pin is None:
        raise PinNotSet("choose a PIN first", field=("input", "pin"))
    if pin.is_locked:
        raise PinIsLocked("this PIN is locked: ask a manager to reset it", field=("input", "pin"))
    is_right = await asyncio.to_thread(command.secrets.is_right, command.pin, owner.as_bytes, pin.stored)
    pin.note_attempt(succeeded=is_right)
    if is_right:
        return None
    if pin.is_locked:
        return PinIsLocked("this PIN is locked now: ask a manager to reset it", field=("input", "pin"))
    return PinRefused("this is not your PIN", field=("input", "pin"))
