"""Locations, levels, movements and reservations, mapped, with their rules.

`StockSheet` holds the levels one command has locked: it applies the rules in memory and tells which levels and
facts to write, so that an order of a thousand lines costs as many statements as an order of one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Enum, Integer, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import TenantOwned, context_metadata
from kernel.events import Event
from kernel.ids import uuid7
from subgraphs.inventory.errors import (
    InsufficientStock,
    Invalid,
    InvalidQuantity,
    ReservationCommitted,
    ReservationReleased,
)
from subgraphs.inventory.events import LevelCount, StockLow, StockOut, StockUpdated

DEFAULT_REORDER_LEVEL = 10
MAX_ON_HAND = 1_000_000_000
_LEVELS_PER_EVENT = 250
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,31})")
_MAX_NAME = 200


class LocationKind(StrEnum):
    """What kind of place a location is; orders take from warehouses first."""

    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"


class StockMovementReason(StrEnum):
    """Why goods came or went."""

    OPENING_BALANCE = "OPENING_BALANCE"
    RECEIVED = "RECEIVED"
    WRITE_OFF = "WRITE_OFF"
    CORRECTION = "CORRECTION"
    GIFT = "GIFT"
    RETURN = "RETURN"
    SALE = "SALE"


class ReservationStatus(StrEnum):
    """OPEN holds stock; COMMITTED has sold it; RELEASED has given it back, or forbids a late reservation."""

    OPEN = "OPEN"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"


class InventoryTable(DeclarativeBase):
    """Tables of the schema `inventory`."""

    metadata = context_metadata("inventory")


class StockLocation(TenantOwned, InventoryTable):
    """A place where goods lie."""

    __tablename__ = "stock_location"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[LocationKind] = mapped_column(Enum(LocationKind, native_enum=False))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    store_id: Mapped[UUID | None] = mapped_column(Uuid)

    @classmethod
    def create(
        cls, tenant_id: UUID, *, code: str, name: str, kind: LocationKind, store_id: UUID | None = None
    ) -> "StockLocation":
        """A new location.

        Raises:
            Invalid: the code has other characters than letters, digits, dot, dash and underscore, or no name.
        """
        if not _CODE.fullmatch(code):
            raise Invalid("use 1 to 32 letters, digits, dots, dashes and underscores", field=("input", "code"))
        if not 0 < len(name.strip()) <= _MAX_NAME:
            raise Invalid(f"must have 1 to {_MAX_NAME} characters", field=("input", "name"))
        made = {"id": uuid7(), "created_at": utcnow()}
        return cls(tenant_id=tenant_id, code=code, name=name.strip(), kind=kind, store_id=store_id, **made)


class StockLevel(TenantOwned, InventoryTable):
    """How many pieces of a variant are on hand and reserved at a location. Commands change it by a `StockSheet`."""

    __tablename__ = "stock_level"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID] = mapped_column(Uuid)
    on_hand: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer)
    reorder_level: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @property
    def available(self) -> int:
        """What may still be promised."""
        return self.on_hand - self.reserved


class StockMovement(TenantOwned, InventoryTable):
    """One line of the append-only log; the sum of a level's deltas is its on hand."""

    __tablename__ = "stock_movement"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID] = mapped_column(Uuid)
    delta: Mapped[int] = mapped_column(Integer)
    reason: Mapped[StockMovementReason] = mapped_column(Enum(StockMovementReason, native_enum=False))
    reference: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)


class Reservation(TenantOwned, InventoryTable):
    """Stock held for one order. Without lines and RELEASED it is the tombstone that refuses a late reservation."""

    __tablename__ = "reservation"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[ReservationStatus] = mapped_column(Enum(ReservationStatus, native_enum=False))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def commit(self) -> bool:
        """The goods leave; False when they had left before.

        Raises:
            ReservationReleased: nothing is held any more.
        """
        if self.status is ReservationStatus.RELEASED:
            raise ReservationReleased("the reservation of this order was released", field=("orderId",))
        return self._close(ReservationStatus.COMMITTED)

    def release(self) -> bool:
        """The goods become available again; False when they were before.

        Raises:
            ReservationCommitted: the goods have left.
        """
        if self.status is ReservationStatus.COMMITTED:
            raise ReservationCommitted("the reservation of this order was committed", field=("orderId",))
        return self._close(ReservationStatus.RELEASED)

    def _close(self, status: ReservationStatus) -> bool:
        if self.status is status:
            return False
        self.status = status
        self.closed_at = utcnow()
        return True


class ReservationLine(TenantOwned, InventoryTable):
    """Pieces of one variant held at one location."""

    __tablename__ = "reservation_line"

    reservation_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    location_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)


class KnownVariant(TenantOwned, InventoryTable):
    """A variant the catalog has told us of."""

    __tablename__ = "known_variant"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


LevelKey = tuple[UUID, UUID]
"""A variant and a location: what one level counts."""


@dataclass(slots=True)
class LockedLevel:
    """A level this transaction has locked: its counts before, and what the command changes."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    location_kind: LocationKind
    on_hand: int
    reserved: int
    reorder_level: int
    version: int
    on_hand_change: int = 0
    reserved_change: int = 0

    @property
    def key(self) -> LevelKey:
        """What it counts."""
        return (self.variant_id, self.location_id)

    @property
    def on_hand_now(self) -> int:
        """On hand, changes included."""
        return self.on_hand + self.on_hand_change

    @property
    def available_now(self) -> int:
        """Available, changes included."""
        return self.on_hand_now - self.reserved - self.reserved_change

    @property
    def is_changed(self) -> bool:
        """True when there is something to write."""
        return self.on_hand_change != 0 or self.reserved_change != 0

    def to_count(self) -> LevelCount:
        """The counts as other contexts learn them, after the write."""
        return LevelCount(
            variant_id=self.variant_id,
            location_id=self.location_id,
            on_hand=self.on_hand_now,
            reserved=self.reserved + self.reserved_change,
            version=self.version + 1,
        )

    def alerts(self) -> Iterator[Event]:
        """Low or out of stock, said once: when availability crosses the threshold."""
        before, now = self.on_hand - self.reserved, self.available_now
        place = {"level_id": self.id, "variant_id": self.variant_id, "location_id": self.location_id}
        if now == 0 < before:
            yield StockOut.model_validate(place)
        elif now <= self.reorder_level < before:
            yield StockLow.model_validate({**place, "available": now, "reorder_level": self.reorder_level})


@dataclass(frozen=True, slots=True)
class StockLine:
    """Pieces of one variant at one location."""

    variant_id: UUID
    location_id: UUID
    quantity: int


class StockSheet:
    """The levels a command has locked, with the rules of changing them."""

    def __init__(self, levels: Iterable[LockedLevel]) -> None:
        self._levels: dict[LevelKey, LockedLevel] = {level.key: level for level in levels}

    def __getitem__(self, key: LevelKey) -> LockedLevel:
        return self._levels[key]

    def short_variants(self, demand: Mapping[UUID, int]) -> list[UUID]:
        """The variants of which less is available than demanded, all locations together."""
        available: defaultdict[UUID, int] = defaultdict(int)
        for level in self._levels.values():
            available[level.variant_id] += level.available_now
        return [variant_id for variant_id, quantity in demand.items() if available[variant_id] < quantity]

    def reserve(self, demand: Mapping[UUID, int]) -> list[StockLine]:
        """Hold what is demanded and tell where; the demand must not be short.

        One location that has everything is preferred to several; warehouses come first.
        """
        shelves: defaultdict[UUID, list[LockedLevel]] = defaultdict(list)
        for level in sorted(self._levels.values(), key=_preference):
            shelves[level.variant_id].append(level)
        return [line for variant_id, quantity in demand.items() for line in _allocate(shelves[variant_id], quantity)]

    def sell(self, lines: Iterable[StockLine]) -> None:
        """What was held leaves."""
        for line in lines:
            level = self._levels[line.variant_id, line.location_id]
            level.on_hand_change -= line.quantity
            level.reserved_change -= line.quantity

    def give_back(self, lines: Iterable[StockLine]) -> None:
        """What was held becomes available."""
        for line in lines:
            self._levels[line.variant_id, line.location_id].reserved_change -= line.quantity

    def adjust(self, key: LevelKey, delta: int, *, field: tuple[str, ...] = ()) -> None:
        """Goods come (positive) or go (negative) otherwise than by a sale.

        Raises:
            InsufficientStock: more would go than is available.
            InvalidQuantity: more would be there than a level can count.
        """
        level = self._levels[key]
        if level.available_now + delta < 0:
            message = f"only {level.available_now} available"
            raise InsufficientStock(message, field=field, variant_ids=[level.variant_id])
        if level.on_hand_now + delta > MAX_ON_HAND:
            raise InvalidQuantity(f"a level holds at most {MAX_ON_HAND}", field=field)
        level.on_hand_change += delta

    def changed(self) -> list[LockedLevel]:
        """The levels to write."""
        return [level for level in self._levels.values() if level.is_changed]

    def facts(self, change_id: UUID) -> list[Event]:
        """What to tell others: the new counts, and which levels ran low or out."""
        changed = self.changed()
        batches = [changed[start : start + _LEVELS_PER_EVENT] for start in range(0, len(changed), _LEVELS_PER_EVENT)]
        updates = [StockUpdated(change_id=change_id, levels=[level.to_count() for level in batch]) for batch in batches]
        return [*updates, *(alert for level in changed for alert in level.alerts())]


def _preference(level: LockedLevel) -> tuple[bool, UUID]:
    return (level.location_kind is not LocationKind.WAREHOUSE, level.location_id)


def _allocate(shelves: list[LockedLevel], quantity: int) -> Iterator[StockLine]:
    roomy = next((level for level in shelves if level.available_now >= quantity), None)
    for level in [roomy] if roomy is not None else shelves:
        taken = min(quantity, level.available_now)
        if taken > 0:
            level.reserved_change += taken
            quantity -= taken
            yield StockLine(level.variant_id, level.location_id, taken)
