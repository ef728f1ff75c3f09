"""Hold stock for an order: all of it, or nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.telemetry import get_logger
from subgraphs.inventory.errors import InvalidQuantity, ReservationDiffers, ReservationReleased, TooManyLines
from subgraphs.inventory.events import ReservedLine, StockReservationFailed, StockReserved
from subgraphs.inventory.model import MAX_ON_HAND, Reservation, ReservationStatus, StockLine, StockSheet
from subgraphs.inventory.repository.levels import lock_levels_of_variants, store_levels
from subgraphs.inventory.repository.reservations import add_reservation_lines, held_lines, open_reservation

MAX_LINES = 2000
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DemandLine:
    """So many pieces of a variant, wherever they lie."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """An order without goods has no lines. A variant may stand in several lines."""

    order_id: UUID
    lines: tuple[DemandLine, ...]


@dataclass(frozen=True, slots=True)
class ReserveOutcome:
    """The reservation, or the variants that were short."""

    reservation_id: UUID | None
    short_variant_ids: tuple[UUID, ...] = ()


async def reserve_stock(tx: Transaction, command: ReserveStock) -> ReserveOutcome:
    """Hold the demanded stock. A shortage is an outcome that commits, so that its fact reaches others.

    Raises:
        InvalidQuantity, TooManyLines: the lines make no demand.
        ReservationReleased: the order was given up before, or its stock was given back.
        ReservationDiffers: the order has a reservation for other quantities.
    """
    demand = _demand_of(command)
    reservation, is_new = await open_reservation(tx.session, tx.tenant_id, command.order_id)
    if not is_new:
        return await _confirm_same(tx, reservation, demand)
    sheet = StockSheet(await lock_levels_of_variants(tx.session, demand))
    short = sheet.short_variants(demand)
    if short:
        return await _fail(tx, reservation, short)
    lines = sheet.reserve(demand)
    await store_levels(tx.session, sheet.changed())
    await add_reservation_lines(tx.session, tx.tenant_id, reservation.id, lines)
    reserved = StockReserved(order_id=command.order_id, reservation_id=reservation.id, lines=reserved_lines(lines))
    tx.publish(reserved, *sheet.facts(reservation.id))
    log.info("stock_reserved", order_id=str(command.order_id), lines=len(lines))
    return ReserveOutcome(reservation.id)


def reserved_lines(lines: Iterable[StockLine]) -> list[ReservedLine]:
    """The lines as other contexts learn them."""
    return [
        ReservedLine(variant_id=line.variant_id, location_id=line.location_id, quantity=line.quantity) for line in lines
    ]


def _demand_of(command: ReserveStock) -> dict[UUID, int]:
    if len(command.lines) > MAX_LINES:
        raise TooManyLines(f"at most {MAX_LINES} lines", field=("lines",))
    demand: defaultdict[UUID, int] = defaultdict(int)
    for position, line in enumerate(command.lines):
        if not 0 < line.quantity <= MAX_ON_HAND:
            raise InvalidQuantity("must be at least 1", field=("lines", str(position), "quantity"))
        demand[line.variant_id] += line.quantity
    return demand


async def _confirm_same(tx: Transaction, reservation: Reservation, demand: dict[UUID, int]) -> ReserveOutcome:
    if reservation.status is ReservationStatus.RELEASED:
        raise ReservationReleased("this order was released before", field=("orderId",))
    held: defaultdict[UUID, int] = defaultdict(int)
    for line in await held_lines(tx.session, reservation.id):
        held[line.variant_id] += line.quantity
    if held != demand:
        raise ReservationDiffers("the order has a reservation for other lines", field=("lines",))
    return ReserveOutcome(reservation.id)


async def _fail(tx: Transaction, reservation: Reservation, short: list[UUID]) -> ReserveOutcome:
    # the row made other commands on this order wait; without stock it must not stay
    await tx.session.delete(reservation)
    tx.publish(StockReservationFailed(order_id=reservation.order_id, variant_ids=short))
    log.info("stock_reservation_failed", order_id=str(reservation.order_id), short=len(short))
    return ReserveOutcome(None, tuple(short))
