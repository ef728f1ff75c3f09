"""Every SQL statement of catalog but those of the search adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, inspect, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from kernel.database import Page, PageArguments, SortKey, Transaction, paginate, paginate_each
from subgraphs.catalog.model import Category, Product, ProductStatus, ProductVariant, TenantCurrency

SelectedT = TypeVar("SelectedT")
OLDEST_FIRST = (SortKey(Product.created_at), SortKey(Product.id))
_CATEGORY_ORDER = (SortKey(Category.created_at), SortKey(Category.id))
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


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a list shows; None does not narrow it."""

    category_id: UUID | None = None
    status: ProductStatus | None = None

    def narrow(self, statement: Select[SelectedT]) -> Select[SelectedT]:
        """The statement with the conditions."""
        if self.category_id is not None:
            statement = statement.where(Product.category_id == self.category_id)
        if self.status is not None:
            statement = statement.where(Product.status == self.status)
        return statement


async def products_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Product]:
    """Products in no particular order."""
    return (await session.scalars(select(Product).where(Product.id.in_(ids)))).all()


async def products_by_slug(session: AsyncSession, slugs: Sequence[str]) -> Sequence[Product]:
    """Products in no particular order."""
    return (await session.scalars(select(Product).where(Product.slug.in_(slugs)))).all()


async def variants_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[ProductVariant]:
    """Variants in no particular order."""
    return (await session.scalars(select(ProductVariant).where(ProductVariant.id.in_(ids)))).all()


async def variants_by_sku(session: AsyncSession, skus: Sequence[str]) -> Sequence[ProductVariant]:
    """Variants in no particular order."""
    return (await session.scalars(select(ProductVariant).where(ProductVariant.sku.in_(skus)))).all()


async def variants_of_products(session: AsyncSession, product_ids: Sequence[UUID]) -> Sequence[ProductVariant]:
    """The variants of all these products, each product's in its order."""
    query = select(ProductVariant).where(ProductVariant.product_id.in_(product_ids)).order_by(ProductVariant.position)
    return (await session.scalars(query)).all()


async def categories_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Category]:
    """Categories in no particular order."""
    return (await session.scalars(select(Category).where(Category.id.in_(ids)))).all()


async def category_ids_by_slug(session: AsyncSession, slugs: Sequence[str]) -> Mapping[str, UUID]:
    """Slug → id of the categories that exist."""
    rows = await session.execute(select(Category.slug, Category.id).where(Category.slug.in_(slugs)))
    return {row.slug: row.id for row in rows}


async def products_page(
    session: AsyncSession, wanted: ProductFilter, order: Sequence[SortKey], arguments: PageArguments
) -> Page[Product]:
    """One page of the tenant's products; `order` ends with the id."""
    return await paginate(session, wanted.narrow(select(Product)), order, arguments)


async def count_products(session: AsyncSession, wanted: ProductFilter) -> int:
    """How many products the list has."""
    return (await session.scalars(wanted.narrow(select(func.count()).select_from(Product)))).one()


async def products_of_categories(
    session: AsyncSession, category_ids: Sequence[UUID], arguments: PageArguments
) -> Mapping[UUID, Page[Product]]:
    """The same page of each category's products, oldest first."""
    return await paginate_each(
        session, select(Product), OLDEST_FIRST, arguments, parent=Product.category_id, keys=category_ids
    )


async def categories_page(session: AsyncSession, arguments: PageArguments) -> Page[Category]:
    """Categories, oldest first."""
    return await paginate(session, select(Category), _CATEGORY_ORDER, arguments)


async def count_categories(session: AsyncSession) -> int:
    """How many categories the tenant has."""
    return (await session.scalars(select(func.count()).select_from(Category))).one()


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
