"""Change on hand otherwise than by a sale: by a difference, or to a counted quantity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.clock import utcnow
from kernel.database import Transaction
from kernel.ids import uuid7
from kernel.permissions import require_store
from kernel.telemetry import get_logger
from subgraphs.inventory.errors import (
    Invalid,
    InvalidQuantity,
    StaleQuantity,
    TooManyLines,
    UnknownLocation,
    UnknownVariant,
)
from subgraphs.inventory.model import MAX_ON_HAND, LevelKey, StockMovementReason, StockSheet
from subgraphs.inventory.repository.levels import add_missing_levels, lock_levels_of_keys, store_levels
from subgraphs.inventory.repository.locations import known_variants, stores_of_locations
from subgraphs.inventory.repository.movements import MovementCause, MovementLine, add_movements

MAX_LINES = 250
_MAX_REFERENCE = 200
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AdjustLine:
    """Pieces that came (positive) or went; `compare_quantity` is the on hand the caller has seen."""

    variant_id: UUID
    location_id: UUID
    delta: int
    compare_quantity: int | None = None


@dataclass(frozen=True, slots=True)
class SetLine:
    """A counted quantity; `compare_quantity` is the on hand the caller has seen."""

    variant_id: UUID
    location_id: UUID
    quantity: int
    compare_quantity: int | None = None


@dataclass(frozen=True, slots=True)
class AdjustStock:
    """Differences, applied in their order. A level may stand in several lines, each becomes a movement."""

    reason: StockMovementReason
    reference: str | None
    occurred_at: datetime | None
    lines: tuple[AdjustLine, ...]


@dataclass(frozen=True, slots=True)
class SetStock:
    """Counted quantities; a line that finds its quantity makes no movement."""

    reason: StockMovementReason
    reference: str | None
    occurred_at: datetime | None
    lines: tuple[SetLine, ...]


async def adjust_stock(tx: Transaction, command: AdjustStock) -> UUID:
    """Apply the differences, all or none; the id of this change.

    Raises:
        InvalidQuantity, TooManyLines, Invalid: the lines make no change.
        UnknownVariant, UnknownLocation: not of this tenant.
        StaleQuantity: on hand is not what the caller compared with.
        InsufficientStock: more would go than is available.
        Forbidden: the caller works at stores, and a location is at none of them.
    """
    for position, line in enumerate(command.lines):
        if line.delta == 0 or abs(line.delta) > MAX_ON_HAND:
            raise InvalidQuantity("must not be zero", field=_at(position, "delta"))
    sheet = await _lock(tx, command)
    deltas: list[int] = []
    for position, line in enumerate(command.lines):
        _compare(sheet, line, position)
        sheet.adjust((line.variant_id, line.location_id), line.delta, field=_at(position, "delta"))
        deltas.append(line.delta)
    return await _store(tx, command, sheet, deltas)


async def set_stock(tx: Transaction, command: SetStock) -> UUID:
    """Bring on hand to the counted quantities, all or none; the id of this change. Raises like `adjust_stock`."""
    for position, line in enumerate(command.lines):
        if not 0 <= line.quantity <= MAX_ON_HAND:
            raise InvalidQuantity("must not be negative", field=_at(position, "quantity"))
    sheet = await _lock(tx, command)
    deltas: list[int] = []
    for position, line in enumerate(command.lines):
        _compare(sheet, line, position)
        key = (line.variant_id, line.location_id)
        delta = line.quantity - sheet[key].on_hand_now
        sheet.adjust(key, delta, field=_at(position, "quantity"))
        deltas.append(delta)
    return await _store(tx, command, sheet, deltas)


async def _lock(tx: Transaction, command: AdjustStock | SetStock) -> StockSheet:
    if not 0 < len(command.lines) <= MAX_LINES:
        raise TooManyLines(f"give 1 to {MAX_LINES} lines", field=("input", "lines"))
    if command.reference is not None and len(command.reference) > _MAX_REFERENCE:
        raise Invalid(f"at most {_MAX_REFERENCE} characters", field=("input", "reference"))
    await _check_known(tx, command.lines)
    keys: set[LevelKey] = {(line.variant_id, line.location_id) for line in command.lines}
    await add_missing_levels(tx.session, tx.tenant_id, keys)
    return StockSheet(await lock_levels_of_keys(tx.session, keys))


async def _check_known(tx: Transaction, lines: Sequence[AdjustLine | SetLine]) -> None:
    variants = await known_variants(tx.session, {line.variant_id for line in lines})
    stores = await stores_of_locations(tx.session, {line.location_id for line in lines})
    for position, line in enumerate(lines):
        if line.variant_id not in variants:
            field = _at(position, "variantId")
            raise UnknownVariant("there is no such variant", field=field, variant_ids=[line.variant_id])
        if line.location_id not in stores:
            raise UnknownLocation("there is no such location", field=_at(position, "locationId"))
        require_store(tx.principal, "inventory:write", stores[line.location_id], field=_at(position, "locationId"))


def _compare(sheet: StockSheet, line: AdjustLine | SetLine, position: int) -> None:
    on_hand = sheet[line.variant_id, line.location_id].on_hand_now
    if line.compare_quantity is not None and line.compare_quantity != on_hand:
        field = _at(position, "changeFromQuantity")
        raise StaleQuantity(f"on hand is {on_hand}", field=field, variant_ids=[line.variant_id])


async def _store(tx: Transaction, command: AdjustStock | SetStock, sheet: StockSheet, deltas: Sequence[int]) -> UUID:
    change_id = uuid7()
    occurred_at = command.occurred_at or utcnow()
    cause = MovementCause(tx.tenant_id, command.reason, command.reference, tx.principal.subject)
    movements = [
        MovementLine((line.variant_id, line.location_id), delta, occurred_at)
        for line, delta in zip(command.lines, deltas, strict=True)
        if delta != 0
    ]
    await store_levels(tx.session, sheet.changed())
    await add_movements(tx.session, cause, movements)
    tx.publish(*sheet.facts(change_id))
    log.info("stock_adjusted", change_id=str(change_id), reason=command.reason, movements=len(movements))
    return change_id


def _at(position: int, name: str) -> tuple[str, ...]:
    return ("input", "lines", str(position), name)
