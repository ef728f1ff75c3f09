"""Create a product."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.catalog.errors import Invalid, SlugTaken, refusals_below
from subgraphs.catalog.model import Product, ProductContent
from subgraphs.catalog.model.wording import slug_of
from subgraphs.catalog.repository.writing import lock_names, taken_slugs
from subgraphs.catalog.use_cases.admit_content import Admission

_SLUG_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class CreateProduct:
    """Without a slug, the name suggests one that is free."""

    content: ProductContent


async def create_product(tx: Transaction, command: CreateProduct) -> UUID:
    """Store the product; its id.

    Raises:
        SlugTaken: another product has the slug.
        SkuTaken, WrongCurrency, NoSuchCategory: see `Admission.check`.
        Invalid, DuplicateSku: see `Product.create`.
    """
    await lock_names(tx)
    with refusals_below("input"):
        product = Product.create(tx.tenant_id, await _free_slug(tx, command.content), command.content)
        admission = await Admission.to_catalogue(tx.session, [command.content])
        admission.check(command.content, owner=None)
    tx.session.add(product)
    return product.id


async def _free_slug(tx: Transaction, content: ProductContent) -> str:
    if content.slug is not None:
        if await taken_slugs(tx.session, [content.slug]):
            raise SlugTaken(f"another product has the slug {content.slug!r}", field=("slug",))
        return content.slug
    suggested = slug_of(content.name or "")
    if not suggested:
        raise Invalid("the name suggests no slug: give one", field=("slug",))
    candidates = [suggested, *(f"{suggested}-{number}" for number in range(2, _SLUG_ATTEMPTS + 1))]
    taken = await taken_slugs(tx.session, candidates)
    free = next((slug for slug in candidates if slug not in taken), None)
    if free is None:
        raise SlugTaken(f"many products are called {suggested!r}: give a slug", field=("slug",))
    return free
