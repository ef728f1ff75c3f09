"""Take goods back, or give money back without goods."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.database import Transaction
from subgraphs.orders.errors import DuplicateReference, Invalid, NoSuchLine, NoSuchOrder, UnknownSku, WrongCurrency
from subgraphs.orders.model import (
    Order,
    OrderLine,
    OrderReturn,
    OrderReturnLine,
    ReturnLineDraft,
    ReturnOrigin,
    Variant,
)
from subgraphs.orders.repository.orders import count_unreturned_goods, order_for_update, order_lines_by_id
from subgraphs.orders.repository.read_models import variants_of


@dataclass(frozen=True, slots=True)
class ReceiveReturn:
    """Without `origin.order_id` the return is unreferenced: its goods are named by SKU."""

    currency: str
    origin: ReturnOrigin
    lines: tuple[ReturnLineDraft, ...]


async def receive_return(tx: Transaction, command: ReceiveReturn) -> UUID:
    """Store the return; its id.

    Raises:
        NoSuchOrder, OrderNotReturnable, NoSuchLine, UnknownSku: there is nothing to return.
        ReturnExceedsSold, RefundExceedsPaid: more than was sold or paid.
        InvalidQuantity, WrongCurrency, DuplicateReference, Invalid: the input is refused.
    """
    if not command.lines:
        raise Invalid("name at least one line", field=("input", "lines"))
    order = await _order(tx, command)
    received = OrderReturn.open(tx.tenant_id, command.currency, command.origin)
    if order is None:
        lines = await _unmatched_lines(tx, received, command.lines)
    else:
        lines = await _sold_lines(tx, received, order, command.lines)
    received.receive(lines)
    if order is not None:
        await tx.session.flush()
        left = await count_unreturned_goods(tx.session, order.id)
        tx.session.add(order.accept_return(received.refund_total, is_complete=left == 0))
    tx.session.add_all([received, *lines])
    try:
        await tx.session.flush()
    except IntegrityError as error:
        if "return_external_reference" not in str(error.orig):
            raise
        field = ("input", "externalReference")
        raise DuplicateReference("another return has this external reference", field=field) from None
    return received.id


async def _order(tx: Transaction, command: ReceiveReturn) -> Order | None:
    if command.origin.order_id is None:
        return None
    order = await order_for_update(tx.session, command.origin.order_id)
    if order is None:
        raise NoSuchOrder("there is no such order", field=("input", "orderId"))
    if order.currency != command.currency:
        raise WrongCurrency(f"the order is in {order.currency}", field=("input", "currencyCode"))
    return order


async def _sold_lines(
    tx: Transaction, received: OrderReturn, order: Order, drafts: Sequence[ReturnLineDraft]
) -> list[OrderReturnLine]:
    wanted = [draft.order_line_id for draft in drafts if draft.order_line_id is not None]
    sold = await order_lines_by_id(tx.session, order.id, wanted)
    return [_sold_line(received, sold, draft, position) for position, draft in enumerate(drafts)]


def _sold_line(
    received: OrderReturn, sold: dict[UUID, OrderLine], draft: ReturnLineDraft, position: int
) -> OrderReturnLine:
    field = ("input", "lines", str(position))
    if draft.charge is not None:
        return received.charge_line(draft.charge, draft, position)
    if draft.order_line_id is None:
        raise Invalid("name the order's line by orderLineId", field=field)
    line = sold.get(draft.order_line_id)
    if line is None:
        raise NoSuchLine("the order has no such line", field=(*field, "orderLineId"))
    return received.sold_line(line, draft, position)


async def _unmatched_lines(
    tx: Transaction, received: OrderReturn, drafts: Sequence[ReturnLineDraft]
) -> list[OrderReturnLine]:
    _, by_sku = await variants_of(tx.session, [], [draft.sku for draft in drafts if draft.sku is not None])
    return [_unmatched_line(received, by_sku, draft, position) for position, draft in enumerate(drafts)]


def _unmatched_line(
    received: OrderReturn, by_sku: dict[str, Variant], draft: ReturnLineDraft, position: int
) -> OrderReturnLine:
    field = ("input", "lines", str(position))
    if draft.charge is not None:
        return received.charge_line(draft.charge, draft, position)
    if draft.sku is None:
        raise Invalid("without an order, name the goods by sku", field=field)
    variant = by_sku.get(draft.sku)
    if variant is None:
        raise UnknownSku("the tenant knows no such variant", field=(*field, "sku"))
    return received.unmatched_line(variant, draft, position)
