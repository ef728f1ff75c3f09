"""Put returned goods back on the shelf."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import NotFound
from kernel.telemetry import get_logger
from subgraphs.inventory.model import StockMovementReason, StockSheet
from subgraphs.inventory.repository.levels import add_missing_levels, lock_levels_of_keys, store_levels
from subgraphs.inventory.repository.locations import default_location_id
from subgraphs.inventory.repository.movements import MovementCause, MovementLine, add_movements

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Pieces of one variant that came back in a state to be sold again."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class RestockReturn:
    """Which return, when it was received, and what of it goes back on the shelf."""

    return_id: UUID
    occurred_at: datetime
    lines: tuple[ReturnedLine, ...]


async def restock_return(tx: Transaction, command: RestockReturn) -> None:
    """Raise on hand at the default location, with a movement per variant.

    Raises:
        NotFound: the tenant has no location to put goods at.
    """
    returned: defaultdict[UUID, int] = defaultdict(int)
    for line in command.lines:
        returned[line.variant_id] += line.quantity
    if not returned:
        return
    location_id = await default_location_id(tx.session)
    if location_id is None:
        raise NotFound("the tenant has no stock location")
    keys = {(variant_id, location_id): quantity for variant_id, quantity in returned.items()}
    await add_missing_levels(tx.session, tx.tenant_id, keys)
    sheet = StockSheet(await lock_levels_of_keys(tx.session, keys))
    for key, quantity in keys.items():
        sheet.adjust(key, quantity)
    await store_levels(tx.session, sheet.changed())
    cause = MovementCause(tx.tenant_id, StockMovementReason.RETURN, f"return:{command.return_id}", tx.principal.subject)
    await add_movements(
        tx.session, cause, [MovementLine(key, delta, command.occurred_at) for key, delta in keys.items()]
    )
    tx.publish(*sheet.facts(command.return_id))
    log.info("return_restocked", return_id=str(command.return_id), variants=len(keys))
