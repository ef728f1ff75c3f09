"""Take over what a till did, once, whatever it was: an item of one of its batches."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from kernel.database import Transaction
from kernel.errors import Refusal
from subgraphs.identity.model import TillDeed, TillItemCode, TillItemOutcome, TillItemStatus
from subgraphs.identity.repository.till_items import claim_till_item, known_outcome, note_outcome
from subgraphs.identity.use_cases.carry_out_approval import carry_out_approval
from subgraphs.identity.use_cases.note_till_event import note_till_event
from subgraphs.identity.use_cases.use_device import use_device

TakeDeed: TypeAlias = Callable[[Transaction, TillDeed], Awaitable[TillItemOutcome]]

#: kind → what it does. It raises a Refusal before it changes anything, or answers what became of the item
KINDS: Final[Mapping[str, TakeDeed]] = {"approval": carry_out_approval, "till_event": note_till_event}


@dataclass(frozen=True, slots=True)
class RejectTillItem:
    """An item and why it cannot be taken over."""

    deed: TillDeed
    refusal: Refusal


async def take_till_item(tx: Transaction, deed: TillDeed) -> TillItemOutcome:
    """Take the item over, or answer what became of it before.

    An unknown kind is not written down: when the server has learned it the till may send the item again.

    Raises:
        DeviceRefused: see `use_device`.
        Refusal: the item's kind refuses it; see `reject_till_item`.
    """
    await use_device(tx, deed.device_id)
    take = KINDS.get(deed.kind)
    if take is None:
        reason = f"there is no kind {deed.kind!r}"
        return TillItemOutcome(TillItemStatus.REJECTED, TillItemCode.UNKNOWN_KIND, "kind", reason)
    if not await claim_till_item(tx, deed):
        return await known_outcome(tx, deed)
    outcome = await take(tx, deed)
    await note_outcome(tx, deed, outcome)
    return outcome


async def reject_till_item(tx: Transaction, command: RejectTillItem) -> TillItemOutcome:
    """Write down that the item was refused, after what it began was rolled back.

    Raises:
        DeviceRefused: see `use_device`.
    """
    deed, refusal = command.deed, command.refusal
    await use_device(tx, deed.device_id)
    if not await claim_till_item(tx, deed):
        return await known_outcome(tx, deed)
    place = ".".join(refusal.field or ()) or None
    outcome = TillItemOutcome(TillItemStatus.REJECTED, str(refusal.code), place, refusal.message)
    await note_outcome(tx, deed, outcome)
    return outcome
