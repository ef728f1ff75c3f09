"""Bring the search index in step with a product."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.catalog.model import Category, Product
from subgraphs.catalog.ports import SearchDocument, SearchIndex, SearchRemoval
from subgraphs.catalog.repository.writing import categories_by_id, product_with_variants


@dataclass(frozen=True, slots=True)
class IndexProduct:
    """Which product, and where."""

    product_id: UUID
    search: SearchIndex


async def index_product(tx: Transaction, command: IndexProduct) -> None:
    """Index the product as it stands now, or remove it when it is not sold.

    The stored state is read instead of the event's: it is never older, so events may come late, twice or in any
    order.
    """
    product = await product_with_variants(tx.session, command.product_id)
    if product is None:
        return
    if not product.is_active:
        await command.search.remove(tx, [SearchRemoval(product.id, product.version)])
        return
    categories = await categories_by_id(tx.session, [product.category_id] if product.category_id is not None else [])
    await command.search.index(tx, [_document(product, categories)])


def _document(product: Product, categories: Sequence[Category]) -> SearchDocument:
    return SearchDocument(
        product_id=product.id,
        version=product.version,
        name=product.name,
        skus=tuple(variant.sku for variant in product.variants),
        barcodes=tuple(variant.barcode for variant in product.variants if variant.barcode),
        category=next((category.name for category in categories), ""),
        options=tuple(dict.fromkeys(option["value"] for variant in product.variants for option in variant.options)),
        description=product.description,
    )
