"""Check a cart out: order, saga, history, outbox and the closed cart in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.clock import utcnow
from kernel.database import Transaction
from kernel.ids import uuid7
from subgraphs.orders.errors import DuplicateReference, Invalid, NoSuchCart, PaymentRequired
from subgraphs.orders.model import (
    Cart,
    CheckoutSaga,
    CheckoutSum,
    Order,
    OrderEventType,
    Placement,
    SagaPayload,
    StockLine,
)
from subgraphs.orders.model.ownership import owner_limit
from subgraphs.orders.model.tables import checked_country
from subgraphs.orders.repository.carts import cart_for_update, checkout_lines
from subgraphs.orders.repository.orders import copy_cart_lines, next_order_number

_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CompleteCheckout:
    """`placed_at` None means now; `payment_token` is the payment provider's, never a card number."""

    cart_id: UUID
    country_code: str
    email: str | None = None
    payment_token: str | None = None
    external_reference: str | None = None
    placed_at: datetime | None = None


async def complete_checkout(tx: Transaction, command: CompleteCheckout) -> UUID:
    """Place the order, PENDING; its id. The number of statements does not depend on the number of lines.

    Raises:
        NoSuchCart, CartClosed, CartExpired, CartEmpty: there is nothing to check out.
        UnknownSku, PriceChanged: the catalogue moved on.
        PaymentRequired, Invalid, DuplicateReference: the input is refused.
    """
    now = utcnow()
    _check(command, now)
    cart = await cart_for_update(tx.session, command.cart_id, owner_limit(tx.principal, "orders:write"))
    if cart is None:
        raise NoSuchCart("there is no such cart", field=("cartId",))
    order_id = uuid7()
    summed = cart.check_out(order_id, await checkout_lines(tx.session, cart.id), now)
    if summed.total and not command.payment_token:
        raise PaymentRequired("the order costs something", field=("input", "payment"))
    saga = CheckoutSaga.start(tx.tenant_id, order_id, _payload(cart, summed, command), now)
    tx.session.add(saga)
    await copy_cart_lines(tx.session, cart.id, order_id)
    await _place(tx, command, cart, order_id=order_id, saga_id=saga.id, total=summed.total)
    return order_id


async def _place(
    tx: Transaction, command: CompleteCheckout, cart: Cart, *, order_id: UUID, saga_id: UUID, total: int
) -> None:
    placement = Placement(
        # the lock on the tenant's counter is held from here to the commit: everything long is done
        number=await next_order_number(tx.session, tx.tenant_id),
        owner=cart.owner,
        currency=cart.currency,
        total=total,
        country_code=command.country_code,
        placed_at=command.placed_at or utcnow(),
        email=command.email,
        customer_reference=cart.customer_reference,
        external_reference=command.external_reference,
    )
    order = Order.place(tx.tenant_id, order_id, saga_id, placement)
    tx.session.add_all([order, order.tell(OrderEventType.CREATED, "the cart was checked out")])
    try:
        await tx.session.flush()
    except IntegrityError as error:
        if "order_external_reference" not in str(error.orig):
            raise
        field = ("input", "externalReference")
        raise DuplicateReference("another order has this external reference", field=field) from None


def _payload(cart: Cart, summed: CheckoutSum, command: CompleteCheckout) -> SagaPayload:
    return SagaPayload(
        total_minor=summed.total,
        currency=cart.currency,
        lines=tuple(StockLine(variant_id, quantity) for variant_id, quantity in summed.pieces),
        payment_token=command.payment_token,
    )


def _check(command: CompleteCheckout, now: datetime) -> None:
    checked_country(command.country_code, ("input", "countryCode"))
    if command.email is not None and "@" not in command.email:
        raise Invalid("is not an e-mail address", field=("input", "email"))
    if command.external_reference is not None and not command.external_reference.strip():
        raise Invalid("must not be empty", field=("input", "externalReference"))
    if command.placed_at is not None and command.placed_at > now + _CLOCK_SKEW:
        raise Invalid("must not be in the future", field=("input", "placedAt"))
