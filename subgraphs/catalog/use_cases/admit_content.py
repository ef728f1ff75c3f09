"""Admit product content to a tenant's catalogue: category, currency and SKUs must fit what is there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.catalog.errors import NoSuchCategory, SkuTaken, WrongCurrency, refusals_below
from subgraphs.catalog.model import Product, ProductContent, VariantContent
from subgraphs.catalog.repository.writing import categories_by_id, currency_of_tenant, owners_of_skus


@dataclass(frozen=True, slots=True)
class Admission:
    """What is there already: three statements, however many products are to be admitted."""

    currency: str | None
    categories: frozenset[UUID]
    sku_owners: dict[str, UUID]

    @classmethod
    async def to_catalogue(cls, session: AsyncSession, contents: Sequence[ProductContent]) -> "Admission":
        """Read what these contents meet. The caller holds `lock_names`."""
        wanted = {content.category_id for content in contents if content.category_id is not None}
        skus = {variant.sku.strip() for content in contents for variant in content.variants}
        categories = await categories_by_id(session, sorted(wanted))
        return cls(
            currency=await currency_of_tenant(session),
            categories=frozenset(category.id for category in categories),
            sku_owners=dict(await owners_of_skus(session, sorted(skus))),
        )

    def check(self, content: ProductContent, owner: UUID | None) -> None:
        """Refuse content that does not fit; `owner` is the product it belongs to, None for a new one.

        Raises:
            NoSuchCategory: there is no such category.
            WrongCurrency: a price is not in the tenant's currency.
            SkuTaken: a variant of another product has the SKU.
        """
        if content.category_id is not None and content.category_id not in self.categories:
            raise NoSuchCategory("there is no such category", field=("categoryId",))
        for place, variant in enumerate(content.variants):
            with refusals_below("variants", str(place)):
                self.check_variant(variant, owner)

    def check_variant(self, variant: VariantContent, owner: UUID | None) -> None:
        """The part of `check` that concerns one variant."""
        if variant.price is not None and self.currency not in {None, variant.price.currency}:
            raise WrongCurrency(f"prices of this tenant are in {self.currency}", field=("price", "currencyCode"))
        if self.sku_owners.get(variant.sku.strip(), owner) != owner:
            raise SkuTaken(f"another product has the SKU {variant.sku!r}", field=("sku",))

    def note(self, product: Product) -> None:
        """Remember the SKUs of a product that was just admitted, for the next of the same batch."""
        self.sku_owners.update({variant.sku: product.id for variant in product.variants})
