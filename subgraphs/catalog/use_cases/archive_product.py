"""Archive a product."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.catalog.errors import NoSuchProduct
from subgraphs.catalog.repository.writing import product_for_update


@dataclass(frozen=True, slots=True)
class ArchiveProduct:
    """Which product."""

    product_id: UUID


async def archive_product(tx: Transaction, command: ArchiveProduct) -> UUID:
    """Stop selling it; the product's id.

    Raises:
        NoSuchProduct: the tenant has no such product.
    """
    product = await product_for_update(tx.session, command.product_id)
    if product is None:
        raise NoSuchProduct("there is no such product", field=("id",))
    product.archive()
    return product.id
