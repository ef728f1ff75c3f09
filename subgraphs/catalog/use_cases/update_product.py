"""Change a product and its variants."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.catalog.errors import NoSuchProduct, SlugTaken, refusals_below
from subgraphs.catalog.model import ProductContent
from subgraphs.catalog.repository.writing import lock_names, product_for_update, taken_slugs
from subgraphs.catalog.use_cases.admit_content import Admission


@dataclass(frozen=True, slots=True)
class UpdateProduct:
    """`expected_version` is the version the caller has seen."""

    product_id: UUID
    content: ProductContent
    expected_version: int


async def update_product(tx: Transaction, command: UpdateProduct) -> UUID:
    """Store the changes; the product's id.

    Raises:
        NoSuchProduct: the tenant has no such product.
        StaleProduct: it changed since the caller saw it.
        SlugTaken: another product has the new slug.
        SkuTaken, WrongCurrency, NoSuchCategory: see `Admission.check`.
        Invalid, DuplicateSku: see `Product.revise`.
    """
    content = command.content
    await lock_names(tx)
    product = await product_for_update(tx.session, command.product_id)
    if product is None:
        raise NoSuchProduct("there is no such product", field=("id",))
    product.expect_version(command.expected_version)
    with refusals_below("input"):
        if content.slug not in {None, product.slug} and await taken_slugs(tx.session, [content.slug or ""]):
            raise SlugTaken(f"another product has the slug {content.slug!r}", field=("slug",))
        admission = await Admission.to_catalogue(tx.session, [content])
        admission.check(content, owner=product.id)
        product.revise(content)
    return product.id
