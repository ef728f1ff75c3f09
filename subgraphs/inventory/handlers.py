"""What inventory learns from others: which variants exist, and which goods came back."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kernel.database import Transaction
from kernel.events import Envelope, Event, EventHandler
from subgraphs.inventory.use_cases.learn_variants import LearnVariants, learn_variants
from subgraphs.inventory.use_cases.restock_return import RestockReturn, ReturnedLine, restock_return


class _Variant(Event):
    variant_id: UUID


class _ProductSnapshot(Event):
    """What inventory reads of `retail.product.created.v1` and `.updated.v1`."""

    subject: ClassVar[str] = "retail.product.updated.v1"

    variants: list[_Variant]


class _Line(Event):
    # a returned charge (postage) has no variant
    variant_id: UUID | None = None
    quantity: int = Field(gt=0)
    restock: bool


class _ReturnReceived(Event):
    """What inventory reads of `retail.order.return.received.v1`."""

    subject: ClassVar[str] = "retail.order.return.received.v1"

    return_id: UUID
    lines: list[_Line]


async def on_product(tx: Transaction, envelope: Envelope) -> None:
    """A product appeared or changed."""
    product = _ProductSnapshot.model_validate(envelope.data)
    await learn_variants(tx, LearnVariants(tuple(variant.variant_id for variant in product.variants)))


async def on_return_received(tx: Transaction, envelope: Envelope) -> None:
    """Goods came back."""
    received = _ReturnReceived.model_validate(envelope.data)
    lines = tuple(
        ReturnedLine(line.variant_id, line.quantity)
        for line in received.lines
        if line.restock and line.variant_id is not None
    )
    await restock_return(tx, RestockReturn(received.return_id, envelope.occurred_at, lines))


HANDLERS: tuple[EventHandler, ...] = (
    EventHandler("retail.product.created.v1", on_product),
    EventHandler("retail.product.updated.v1", on_product),
    EventHandler("retail.order.return.received.v1", on_return_received),
)
