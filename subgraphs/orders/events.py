"""Facts orders publishes (domain.md §5, 25 to 32)."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kernel.events import Event


class OrderCreated(Event):
    """A cart was checked out: the order is PENDING and its saga is to run."""

    subject: ClassVar[str] = "retail.order.created.v1"

    order_id: UUID
    saga_id: UUID
    number: str
    total_minor: int
    currency: str

    @property
    def key(self) -> UUID:
        """The order."""
        return self.order_id


class OrderConfirmed(Event):
    """The order has its stock and its money."""

    subject: ClassVar[str] = "retail.order.confirmed.v1"

    order_id: UUID
    number: str
    total_minor: int
    currency: str

    @property
    def key(self) -> UUID:
        """The order."""
        return self.order_id


class OrderCancelled(Event):
    """The order did not come about; `reason` is INSUFFICIENT_STOCK or PAYMENT_DECLINED."""

    subject: ClassVar[str] = "retail.order.cancelled.v1"

    order_id: UUID
    number: str
    reason: str

    @property
    def key(self) -> UUID:
        """The order."""
        return self.order_id


class ReturnedGoods(BaseModel):
    """How many of a variant came back, and whether they can be sold again."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    variant_id: UUID
    quantity: int
    restock: bool


class ReturnReceived(Event):
    """Goods came back, or money is owed without goods; `order_id` is None for an unreferenced return."""

    subject: ClassVar[str] = "retail.order.return.received.v1"

    return_id: UUID
    order_id: UUID | None
    currency: str
    refund_minor: int
    lines: list[ReturnedGoods]

    @property
    def key(self) -> UUID:
        """The order, or the return itself when it belongs to none."""
        return self.order_id or self.return_id


PUBLISHED: tuple[type[Event], ...] = (OrderCreated, OrderConfirmed, OrderCancelled, ReturnReceived)
