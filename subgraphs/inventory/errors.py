"""What inventory refuses, each with a stable code."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from kernel.errors import Refusal


class InventoryErrorCode(StrEnum):
    """Codes of `InventoryUserError`."""

    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    STALE_QUANTITY = "STALE_QUANTITY"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    UNKNOWN_VARIANT = "UNKNOWN_VARIANT"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    CODE_TAKEN = "CODE_TAKEN"
    INVALID = "INVALID"
    NO_SUCH_RESERVATION = "NO_SUCH_RESERVATION"
    RESERVATION_DIFFERS = "RESERVATION_DIFFERS"
    RESERVATION_RELEASED = "RESERVATION_RELEASED"
    RESERVATION_COMMITTED = "RESERVATION_COMMITTED"


class StockRefusal(Refusal):
    """A refusal about some variants."""

    def __init__(self, message: str, *, field: tuple[str, ...] | None = None, variant_ids: Sequence[UUID] = ()) -> None:
        super().__init__(message, field=field)
        self.variant_ids = tuple(variant_ids)


class InsufficientStock(StockRefusal):
    """Less is available than asked for."""

    code = InventoryErrorCode.INSUFFICIENT_STOCK


class UnknownVariant(StockRefusal):
    """The catalog has not told us of such a variant."""

    code = InventoryErrorCode.UNKNOWN_VARIANT


class StaleQuantity(StockRefusal):
    """On hand is not what the caller compared with."""

    code = InventoryErrorCode.STALE_QUANTITY


class InvalidQuantity(Refusal):
    """Zero, negative where that makes no sense, or beyond what a level can hold."""

    code = InventoryErrorCode.INVALID_QUANTITY


class TooManyLines(Refusal):
    """More lines than one command may have."""

    code = InventoryErrorCode.TOO_MANY_LINES


class UnknownLocation(Refusal):
    """The tenant has no such location."""

    code = InventoryErrorCode.UNKNOWN_LOCATION


class CodeTaken(Refusal):
    """Another location of the tenant has this code."""

    code = InventoryErrorCode.CODE_TAKEN


class Invalid(Refusal):
    """A field breaks a rule stated in the message."""

    code = InventoryErrorCode.INVALID


class NoSuchReservation(Refusal):
    """Nothing was reserved for this order."""

    code = InventoryErrorCode.NO_SUCH_RESERVATION


class ReservationDiffers(Refusal):
    """The order has a reservation for other lines."""

    code = InventoryErrorCode.RESERVATION_DIFFERS


class ReservationReleased(Refusal):
    """The order's stock was given back, or the order was given up before it reserved."""

    code = InventoryErrorCode.RESERVATION_RELEASED


class ReservationCommitted(Refusal):
    """The order's stock has left; bring it back with a return."""

    code = InventoryErrorCode.RESERVATION_COMMITTED
