"""Open a cart, with its first lines."""

from dataclasses import dataclass
from uuid import UUID

from kernel.clock import utcnow
from kernel.database import Transaction
from subgraphs.orders.model import Cart, ChargeDraft, LineDraft
from subgraphs.orders.use_cases.add_lines import append_lines


@dataclass(frozen=True, slots=True)
class CreateCart:
    """The currency is for the whole cart; at most 250 lines and charges at a time."""

    currency: str
    lines: tuple[LineDraft, ...] = ()
    charges: tuple[ChargeDraft, ...] = ()
    customer_reference: str | None = None


async def create_cart(tx: Transaction, command: CreateCart) -> UUID:
    """Store the cart of the caller; its id.

    Raises:
        UnknownSku, InvalidQuantity, WrongCurrency, Invalid: a line or charge is refused.
    """
    cart = Cart.open(
        tx.tenant_id,
        owner=tx.principal.subject,
        currency=command.currency,
        customer_reference=command.customer_reference,
        now=utcnow(),
    )
    tx.session.add(cart)
    # the lines refer to the cart
    await tx.session.flush()
    await append_lines(tx, cart, command.lines, command.charges, within=("input",))
    return cart.id
