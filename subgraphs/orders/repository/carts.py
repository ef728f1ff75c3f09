"""Carts and their lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Row, one_of
from subgraphs.orders.model import Cart, CartLine, CheckoutLine, LineKind, Variant


class CartRow(Row):
    """What somebody means to buy."""

    id: UUID
    owner: str
    currency: str
    expires_at: datetime
    version: int


class CartLineRow(Row):
    """Goods or a charge; the price is in the cart's currency, in minor units."""

    id: UUID
    cart_id: UUID
    kind: LineKind
    sku: str
    title: str
    variant_id: UUID | None
    quantity: int
    unit_price: int

    @property
    def total(self) -> int:
        """In minor units."""
        return self.quantity * self.unit_price


CARTS: Final = Listing(CartRow, Cart, one_of(Cart.id), Cart.owner == bindparam("owner"))
CART_LINES: Final = Listing(
    CartLineRow, CartLine, one_of(CartLine.cart_id), order_by=(CartLine.cart_id, CartLine.position)
)


async def cart_for_update(session: AsyncSession, cart_id: UUID, owner: str | None) -> Cart | None:
    """The cart, locked until the transaction ends; only if it is `owner`'s, where one is given."""
    query = select(Cart).where(Cart.id == cart_id).with_for_update()
    if owner is not None:
        query = query.where(Cart.owner == owner)
    return await session.scalar(query)


async def cart_lines_by_id(session: AsyncSession, cart_id: UUID, ids: Sequence[UUID]) -> dict[UUID, CartLine]:
    """Those of the lines that are in the cart."""
    query = select(CartLine).where(CartLine.cart_id == cart_id, CartLine.id.in_(ids))
    return {line.id: line for line in (await session.scalars(query)).all()}


async def delete_cart_lines(session: AsyncSession, cart_id: UUID, ids: Sequence[UUID]) -> None:
    """Remove lines of the cart."""
    await session.execute(delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.id.in_(ids)))


async def checkout_lines(session: AsyncSession, cart_id: UUID) -> list[CheckoutLine]:
    """The cart's lines beside what the catalogue says now."""
    query = (
        select(
            CartLine.kind,
            CartLine.sku,
            CartLine.variant_id,
            CartLine.quantity,
            CartLine.unit_price,
            CartLine.is_price_overridden,
            Variant.is_active,
            Variant.price,
        )
        .join(Variant, and_(Variant.tenant_id == CartLine.tenant_id, Variant.id == CartLine.variant_id), isouter=True)
        .where(CartLine.cart_id == cart_id)
        .order_by(CartLine.position)
    )
    return [
        CheckoutLine(
            kind=LineKind(row.kind),
            sku=row.sku,
            variant_id=row.variant_id,
            quantity=row.quantity,
            unit_price=row.unit_price,
            is_price_overridden=row.is_price_overridden,
            is_sold=bool(row.is_active),
            catalogue_price=row.price,
        )
        for row in await session.execute(query)
    ]
