"""Reads of the feed that tills follow: products by the number of their last change."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, and_, bindparam, inspect

from kernel.database import Listing, PageArguments, Reader, Row, SortKey
from subgraphs.catalog.model import Feed, Product, ProductChange, ProductStatus, ProductVariant
from subgraphs.catalog.repository.reading import VARIANTS, VariantRow


class FeedRow(Row):
    """Where the feed stands."""

    epoch: UUID
    sequence: int


class ChangedProductRow(Row):
    """A product as it is now."""

    product_id: UUID
    sequence: int
    name: str
    status: ProductStatus


_PRODUCTS: Final = inspect(Product).local_table
_CHANGES: Final = inspect(ProductChange).local_table
_FEED: Final = Listing(FeedRow, Feed)
_CHANGED: Final = Listing(
    ChangedProductRow,
    _CHANGES.join(
        _PRODUCTS, and_(_CHANGES.c.tenant_id == _PRODUCTS.c.tenant_id, _CHANGES.c.product_id == _PRODUCTS.c.id)
    ),
    _CHANGES.c.sequence > bindparam("above", type_=BigInteger),
    and_(_CHANGES.c.sequence <= bindparam("sold_until", type_=BigInteger), _PRODUCTS.c.status == ProductStatus.ACTIVE),
    columns={
        "product_id": _CHANGES.c.product_id,
        "sequence": _CHANGES.c.sequence,
        "name": _PRODUCTS.c.name,
        "status": _PRODUCTS.c.status,
    },
)
_IN_ORDER: Final = (SortKey(_CHANGES.c.sequence),)
_COLUMNS: Final = ("product_id", "sequence", "name", "status")
_VARIANT_COLUMNS: Final = ("id", "sku", "barcode", "name", "options", "price_minor", "currency")


async def feed_position(reader: Reader) -> FeedRow | None:
    """Where the tenant's feed stands; None before the first product."""
    return await reader.row(_FEED, ("epoch", "sequence"))


async def changed_products(
    reader: Reader, *, above: int, sold_until: int | None, first: int
) -> tuple[Sequence[ChangedProductRow], bool]:
    """Products whose last change has a number above `above`, in the order of those, and whether more follow.

    With `sold_until` only those on sale whose last change has no higher number than that.
    """
    arguments = PageArguments(first, None, is_backward=False)
    page = await reader.page(_CHANGED, _COLUMNS, _IN_ORDER, arguments, above=above, sold_until=sold_until)
    return page.nodes, page.has_next


async def variants_by_product(reader: Reader, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[VariantRow]]:
    """Product → its variants in their order."""
    return await reader.lists(VARIANTS, _VARIANT_COLUMNS, ProductVariant.product_id, product_ids)
