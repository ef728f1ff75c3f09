"""Let the stock held for an order leave: it is sold."""

from dataclasses import dataclass
from uuid import UUID

from kernel.clock import utcnow
from kernel.database import Transaction
from kernel.telemetry import get_logger
from subgraphs.inventory.errors import NoSuchReservation
from subgraphs.inventory.model import StockLine, StockMovementReason, StockSheet
from subgraphs.inventory.repository.levels import lock_levels_of_reservation, store_levels
from subgraphs.inventory.repository.movements import MovementCause, MovementLine, add_movements
from subgraphs.inventory.repository.reservations import held_lines, reservation_for_update

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CommitStock:
    """Which order's reservation."""

    order_id: UUID


async def commit_stock(tx: Transaction, command: CommitStock) -> UUID:
    """Take the held pieces off on hand, with a movement each; the reservation's id. Committing twice is once.

    Raises:
        NoSuchReservation: nothing was reserved for the order.
        ReservationReleased: nothing is held any more.
    """
    reservation = await reservation_for_update(tx.session, command.order_id)
    if reservation is None:
        raise NoSuchReservation("nothing is reserved for this order", field=("orderId",))
    if not reservation.commit():
        return reservation.id
    sheet = StockSheet(await lock_levels_of_reservation(tx.session, reservation.id))
    lines = await held_lines(tx.session, reservation.id)
    sheet.sell(lines)
    await store_levels(tx.session, sheet.changed())
    await _log_sales(tx, command.order_id, lines)
    tx.publish(*sheet.facts(reservation.id))
    log.info("stock_committed", order_id=str(command.order_id), lines=len(lines))
    return reservation.id


async def _log_sales(tx: Transaction, order_id: UUID, lines: list[StockLine]) -> None:
    now = utcnow()
    cause = MovementCause(tx.tenant_id, StockMovementReason.SALE, f"order:{order_id}", tx.principal.subject)
    sold = [MovementLine((line.variant_id, line.location_id), -line.quantity, now) for line in lines]
    await add_movements(tx.session, cause, sold)
