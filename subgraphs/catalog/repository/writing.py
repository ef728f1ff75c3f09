"""What use cases load and store: aggregates, locked where they change, and lookups for rules."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, inspect, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from kernel.database import Transaction
from subgraphs.catalog.model import Category, Product, ProductVariant, TenantCurrency

# pg_advisory_xact_lock's key: this lock, of this tenant
_LOCK_NAMES = text("SELECT pg_advisory_xact_lock(hashtext('catalog.names'), hashtext(:tenant))")
_REVISED_PRODUCT = (
    "slug",
    "name",
    "description",
    "status",
    "category_id",
    "external_reference",
    "updated_at",
    "version",
)
_REVISED_VARIANT = ("name", "options", "price_minor", "currency", "barcode", "external_reference", "version")


async def product_with_variants(session: AsyncSession, product_id: UUID) -> Product | None:
    """The product as it stands, with its variants."""
    return await session.scalar(select(Product).where(Product.id == product_id).options(selectinload(Product.variants)))


async def categories_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Category]:
    """Categories in no particular order."""
    return (await session.scalars(select(Category).where(Category.id.in_(ids)))).all()


async def category_ids_by_slug(session: AsyncSession, slugs: Sequence[str]) -> Mapping[str, UUID]:
    """Slug → id of the categories that exist."""
    rows = await session.execute(select(Category.slug, Category.id).where(Category.slug.in_(slugs)))
    return {row.slug: row.id for row in rows}


async def lock_names(tx: Transaction) -> None:
    """Let one transaction at a time of this tenant give out slugs and SKUs, so that it sees all that are taken."""
    await tx.session.execute(_LOCK_NAMES, {"tenant": str(tx.tenant_id)})


async def product_for_update(session: AsyncSession, product_id: UUID) -> Product | None:
    """The product with its variants, locked until the transaction ends."""
    return await session.scalar(_locked_products().where(Product.id == product_id))


async def products_for_update(session: AsyncSession, slugs: Sequence[str]) -> Mapping[str, Product]:
    """Slug → product with its variants, locked until the transaction ends (always in the same order)."""
    found = await session.scalars(_locked_products().where(Product.slug.in_(slugs)).order_by(Product.id))
    return {product.slug: product for product in found}


async def product_of_variant_for_update(session: AsyncSession, variant_id: UUID) -> Product | None:
    """The variant's product with all its variants, locked until the transaction ends."""
    owner = select(ProductVariant.product_id).where(ProductVariant.id == variant_id).scalar_subquery()
    return await session.scalar(_locked_products().where(Product.id == owner))


async def taken_slugs(session: AsyncSession, slugs: Sequence[str]) -> frozenset[str]:
    """Which of these slugs products have."""
    return frozenset((await session.scalars(select(Product.slug).where(Product.slug.in_(slugs)))).all())


async def owners_of_skus(session: AsyncSession, skus: Sequence[str]) -> Mapping[str, UUID]:
    """SKU → product of the variants that exist."""
    query = select(ProductVariant.sku, ProductVariant.product_id).where(ProductVariant.sku.in_(skus))
    return {row.sku: row.product_id for row in await session.execute(query)}


async def currency_of_tenant(session: AsyncSession) -> str | None:
    """The currency of the tenant's prices; None until identity's event has arrived."""
    return await session.scalar(select(TenantCurrency.currency))


async def store_currency(tx: Transaction, currency: str) -> None:
    """Remember the tenant's currency."""
    row = insert(TenantCurrency).values(tenant_id=tx.tenant_id, currency=currency)
    await tx.session.execute(row.on_conflict_do_update(index_elements=["tenant_id"], set_={"currency": currency}))


def store_together(products: Sequence[Product]) -> None:
    """Make revised products leave in one UPDATE per table: the ORM groups rows that set the same columns."""
    for product in products:
        _flag(product, _REVISED_PRODUCT)
        for variant in product.variants:
            _flag(variant, _REVISED_VARIANT)


def _flag(row: Product | ProductVariant, columns: Sequence[str]) -> None:
    state = inspect(row)
    if state.persistent and state.modified:
        for column in columns:
            flag_modified(row, column)


def _locked_products() -> Select[Product]:
    return select(Product).options(selectinload(Product.variants)).with_for_update(of=Product)
