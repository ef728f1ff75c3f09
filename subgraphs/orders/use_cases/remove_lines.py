"""Take lines out of a cart."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.orders.errors import NoSuchLine
from subgraphs.orders.repository.carts import cart_lines_by_id, delete_cart_lines
from subgraphs.orders.use_cases.add_lines import changeable_cart


@dataclass(frozen=True, slots=True)
class RemoveLines:
    """Which lines of which cart."""

    cart_id: UUID
    line_ids: tuple[UUID, ...]


async def remove_lines(tx: Transaction, command: RemoveLines) -> UUID:
    """Remove all of them; the cart's id.

    Raises:
        NoSuchCart, CartClosed, CartExpired, NoSuchLine: there is nothing to remove.
    """
    cart = await changeable_cart(tx, command.cart_id)
    # no flush on the way: one change of the cart is one version
    with tx.session.no_autoflush:
        found = await cart_lines_by_id(tx.session, cart.id, command.line_ids)
    for position, line_id in enumerate(command.line_ids):
        if line_id not in found:
            raise NoSuchLine("the cart has no such line", field=("lineIds", str(position)))
    cart.drop(list(found.values()))
    await delete_cart_lines(tx.session, cart.id, command.line_ids)
    return cart.id
