"""Carts and their lines."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.orders.model import Cart, CartLine, CheckoutLine, LineKind, Variant


async def cart_for_update(session: AsyncSession, cart_id: UUID, owner: str | None) -> Cart | None:
    """The cart, locked until the transaction ends; only if it is `owner`'s, where one is given."""
    query = select(Cart).where(Cart.id == cart_id).with_for_update()
    if owner is not None:
        query = query.where(Cart.owner == owner)
    return await session.scalar(query)


async def carts_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Cart]:
    """Carts in no particular order."""
    return (await session.scalars(select(Cart).where(Cart.id.in_(ids)))).all()


async def lines_of_carts(session: AsyncSession, cart_ids: Sequence[UUID]) -> Sequence[CartLine]:
    """All lines of the carts, each cart's in its own order."""
    query = select(CartLine).where(CartLine.cart_id.in_(cart_ids)).order_by(CartLine.cart_id, CartLine.position)
    return (await session.scalars(query)).all()


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
