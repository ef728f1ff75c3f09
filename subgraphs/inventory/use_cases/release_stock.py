"""Give back the stock held for an order."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.telemetry import get_logger
from subgraphs.inventory.events import StockReleased
from subgraphs.inventory.model import StockSheet
from subgraphs.inventory.repository.levels import lock_levels_of_reservation, store_levels
from subgraphs.inventory.repository.reservations import held_lines, released_reservation
from subgraphs.inventory.use_cases.reserve_stock import reserved_lines

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReleaseStock:
    """Which order's reservation."""

    order_id: UUID


async def release_stock(tx: Transaction, command: ReleaseStock) -> UUID:
    """Make the held pieces available again; the reservation's id. Releasing twice is once.

    When nothing was reserved a tombstone stays, so that a reservation arriving late is refused.

    Raises:
        ReservationCommitted: the goods have left.
    """
    reservation, is_tombstone = await released_reservation(tx.session, tx.tenant_id, command.order_id)
    if is_tombstone or not reservation.release():
        return reservation.id
    sheet = StockSheet(await lock_levels_of_reservation(tx.session, reservation.id))
    lines = await held_lines(tx.session, reservation.id)
    sheet.give_back(lines)
    await store_levels(tx.session, sheet.changed())
    released = StockReleased(order_id=command.order_id, reservation_id=reservation.id, lines=reserved_lines(lines))
    tx.publish(released, *sheet.facts(reservation.id))
    log.info("stock_released", order_id=str(command.order_id), lines=len(lines))
    return reservation.id
