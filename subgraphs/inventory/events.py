"""Facts inventory publishes (domain.md §5, 12 to 18)."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kernel.events import Event


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class LevelCount(_Part):
    """One level after a change; an older `version` than one already seen is to be ignored."""

    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    version: int


class ReservedLine(_Part):
    """Pieces of one variant held at one location."""

    variant_id: UUID
    location_id: UUID
    quantity: int


class StockUpdated(Event):
    """Levels changed together, by one command. At most 250 levels; a larger change is several of these facts."""

    subject: ClassVar[str] = "retail.inventory.stock.updated.v1"

    change_id: UUID
    levels: list[LevelCount]

    @property
    def key(self) -> UUID:
        """The command's effect: a reservation, an adjustment or a return."""
        return self.change_id


class _OrderStock(Event):
    order_id: UUID

    @property
    def key(self) -> UUID:
        """The order."""
        return self.order_id


class StockReserved(_OrderStock):
    """Stock is held for an order."""

    subject: ClassVar[str] = "retail.inventory.stock.reserved.v1"

    reservation_id: UUID
    lines: list[ReservedLine]


class StockReservationFailed(_OrderStock):
    """Nothing is held: these variants were short."""

    subject: ClassVar[str] = "retail.inventory.stock.reservation.failed.v1"

    variant_ids: list[UUID]


class StockReleased(_OrderStock):
    """What was held for an order is available again."""

    subject: ClassVar[str] = "retail.inventory.stock.released.v1"

    reservation_id: UUID
    lines: list[ReservedLine]


class _LevelAlert(Event):
    level_id: UUID
    variant_id: UUID
    location_id: UUID

    @property
    def key(self) -> UUID:
        """The level."""
        return self.level_id


class StockLow(_LevelAlert):
    """Availability fell to the reorder level or below it."""

    subject: ClassVar[str] = "retail.inventory.stock.low.v1"

    available: int
    reorder_level: int


class StockOut(_LevelAlert):
    """The last available piece is gone."""

    subject: ClassVar[str] = "retail.inventory.stock.out.v1"


PUBLISHED: tuple[type[Event], ...] = (
    StockUpdated,
    StockReserved,
    StockReservationFailed,
    StockReleased,
    StockLow,
    StockOut,
)
