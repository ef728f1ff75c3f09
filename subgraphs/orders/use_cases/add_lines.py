"""Add goods and charges to a cart."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from kernel.clock import utcnow
from kernel.database import Transaction
from subgraphs.orders.errors import NoSuchCart
from subgraphs.orders.model import Cart, CartLine, ChargeDraft, LineDraft, Variant
from subgraphs.orders.model.ownership import owner_limit
from subgraphs.orders.repository.carts import cart_for_update
from subgraphs.orders.repository.read_models import variants_of


@dataclass(frozen=True, slots=True)
class AddLines:
    """What to add, to which cart."""

    cart_id: UUID
    lines: tuple[LineDraft, ...] = ()
    charges: tuple[ChargeDraft, ...] = ()


async def add_lines(tx: Transaction, command: AddLines) -> UUID:
    """Add all of them, each as a line of its own; the cart's id.

    Raises:
        NoSuchCart, CartClosed, CartExpired, CartFull: the cart takes no lines.
        UnknownSku, InvalidQuantity, WrongCurrency, Invalid: a line or charge is refused.
    """
    cart = await changeable_cart(tx, command.cart_id)
    await append_lines(tx, cart, command.lines, command.charges)
    return cart.id


async def changeable_cart(tx: Transaction, cart_id: UUID) -> Cart:
    """The caller's cart, locked and open.

    Raises:
        NoSuchCart, CartClosed, CartExpired: it cannot be changed.
    """
    cart = await cart_for_update(tx.session, cart_id, owner_limit(tx.principal, "orders:write"))
    if cart is None:
        raise NoSuchCart("there is no such cart", field=("cartId",))
    cart.touch(utcnow())
    return cart


async def append_lines(  # noqa: PLR0917 - a cart, what to add, and where the input is
    tx: Transaction,
    cart: Cart,
    lines: Sequence[LineDraft],
    charges: Sequence[ChargeDraft],
    within: tuple[str, ...] = (),
) -> None:
    """Append goods, then charges, with two statements; `within` is where the lists stand in the input."""
    ids = [line.variant_id for line in lines if line.variant_id is not None]
    skus = [line.sku for line in lines if line.sku is not None]
    by_id: dict[UUID, Variant] = {}
    by_sku: dict[str, Variant] = {}
    # no flush on the way: one change of the cart is one version
    with tx.session.no_autoflush:
        if lines:
            by_id, by_sku = await variants_of(tx.session, ids, skus)
    added: list[CartLine] = []
    for position, draft in enumerate(lines):
        variant = by_id.get(draft.variant_id) if draft.variant_id is not None else by_sku.get(draft.sku or "")
        added.append(cart.goods(draft, variant, (*within, "lines", str(position))))
    for position, charge in enumerate(charges):
        added.append(cart.charge(charge, (*within, "charges", str(position))))
    if added:
        await tx.session.execute(insert(CartLine), [_row(line) for line in added])


def _row(line: CartLine) -> dict[str, object]:
    return {column.key: getattr(line, column.key) for column in CartLine.__mapper__.column_attrs}
