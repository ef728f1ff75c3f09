"""Change the quantities or prices of a cart's lines."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.money import Money
from subgraphs.orders.errors import NoSuchLine, UnknownSku
from subgraphs.orders.model import Cart, CartLine, LineKind, Variant
from subgraphs.orders.model.tables import checked_quantity
from subgraphs.orders.repository.carts import cart_lines_by_id
from subgraphs.orders.repository.read_models import variants_of
from subgraphs.orders.use_cases.add_lines import changeable_cart


@dataclass(frozen=True, slots=True)
class LineChange:
    """The line's quantity from now on. Goods take the catalogue's present price, or `unit_price`."""

    line_id: UUID
    quantity: int
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class ChangeLines:
    """Which lines of which cart."""

    cart_id: UUID
    changes: tuple[LineChange, ...]


async def change_lines(tx: Transaction, command: ChangeLines) -> UUID:
    """Change all of them; the cart's id.

    Raises:
        NoSuchCart, CartClosed, CartExpired, NoSuchLine: there is nothing to change.
        UnknownSku, InvalidQuantity, WrongCurrency, Invalid: a change is refused.
    """
    cart = await changeable_cart(tx, command.cart_id)
    # no flush on the way: one change of the cart is one version
    with tx.session.no_autoflush:
        found = await cart_lines_by_id(tx.session, cart.id, [change.line_id for change in command.changes])
        variant_ids = [line.variant_id for line in found.values() if line.variant_id is not None]
        variants, _ = await variants_of(tx.session, variant_ids, [])
    for position, change in enumerate(command.changes):
        field = ("lines", str(position))
        line = found.get(change.line_id)
        if line is None:
            raise NoSuchLine("the cart has no such line", field=(*field, "lineId"))
        line.quantity = checked_quantity(change.quantity, (*field, "quantity"))
        if line.kind == LineKind.GOODS:
            _reprice(cart, line, change, variants, field)
    return cart.id


def _reprice(  # noqa: PLR0917 - what changes, and where the input is
    cart: Cart, line: CartLine, change: LineChange, variants: dict[UUID, Variant], field: tuple[str, ...]
) -> None:
    variant = variants.get(line.variant_id) if line.variant_id is not None else None
    if variant is None or not variant.is_active:
        raise UnknownSku(f"{line.sku} is no longer sold", field=field)
    keeps_override = line.is_price_overridden and change.unit_price is None
    if not keeps_override:
        line.unit_price = cart.goods_price(change.unit_price, variant, field)
        line.is_price_overridden = change.unit_price is not None
