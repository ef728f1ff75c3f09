"""The read models of variants and users: lookups for commands, and guarded writes for events."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.orders.model import UserReference, Variant


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A variant as an event describes it."""

    variant_id: UUID
    sku: str
    title: str
    price: int | None
    currency: str | None


async def variants_of(
    session: AsyncSession, ids: Sequence[UUID], skus: Sequence[str]
) -> tuple[dict[UUID, Variant], dict[str, Variant]]:
    """Known variants by id and by SKU, with one statement; where a SKU changed hands, the active variant has it."""
    query = select(Variant).where(Variant.id.in_(ids) | Variant.sku.in_(skus))
    # the last of equal SKUs wins the dictionary
    query = query.order_by(Variant.is_active, Variant.product_version, Variant.id)
    found = (await session.scalars(query)).all()
    return {variant.id: variant for variant in found}, {variant.sku: variant for variant in found}


async def store_product(
    session: AsyncSession,
    *,
    tenant_id: UUID,
    product_id: UUID,
    version: int,
    is_active: bool,
    variants: Sequence[SoldVariant],
) -> None:
    """Take over a product's snapshot, unless a newer one was seen; variants it no longer names are not sold."""
    rows = [
        {
            "tenant_id": tenant_id,
            "id": variant.variant_id,
            "product_id": product_id,
            "sku": variant.sku,
            "title": variant.title,
            "price": variant.price,
            "currency": variant.currency,
            "is_active": is_active,
            "product_version": version,
        }
        for variant in variants
    ]
    if rows:
        upsert = insert(Variant).values(rows)
        changes = {name: upsert.excluded[name] for name in rows[0] if name not in {"tenant_id", "id"}}
        keys = [Variant.tenant_id, Variant.id]
        newer = Variant.product_version < upsert.excluded.product_version
        await session.execute(upsert.on_conflict_do_update(index_elements=keys, set_=changes, where=newer))
    await retire_variants(
        session, product_id=product_id, version=version, kept=[variant.variant_id for variant in variants]
    )


async def retire_variants(session: AsyncSession, *, product_id: UUID, version: int, kept: Sequence[UUID] = ()) -> None:
    """The product's variants but those `kept` are no longer sold, as of `version`."""
    query = update(Variant).where(
        Variant.product_id == product_id, Variant.id.not_in(kept), Variant.product_version < version
    )
    await session.execute(query.values(is_active=False, product_version=version))


async def store_price(session: AsyncSession, variant_id: UUID, *, version: int, price: int, currency: str) -> None:
    """Take over a variant's price, unless a newer version of its product was seen."""
    query = update(Variant).where(Variant.id == variant_id, Variant.product_version < version)
    await session.execute(query.values(price=price, currency=currency, product_version=version))


async def store_user(session: AsyncSession, *, tenant_id: UUID, keycloak_id: str, user_id: UUID) -> None:
    """Remember which user a token's subject is."""
    upsert = insert(UserReference).values(tenant_id=tenant_id, keycloak_id=keycloak_id, user_id=user_id)
    keys = [UserReference.tenant_id, UserReference.keycloak_id]
    await session.execute(upsert.on_conflict_do_update(index_elements=keys, set_={"user_id": user_id}))
