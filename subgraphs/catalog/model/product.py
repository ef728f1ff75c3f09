"""The product: root of its variants, source of every event.

Versions are counted here and not by SQLAlchemy: every change of a product locks its row first, and so a batch of
products is stored with one statement per table.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.catalog.errors import Invalid, StaleProduct
from subgraphs.catalog.events import (
    ProductCreated,
    ProductDeleted,
    ProductPriceChanged,
    ProductSnapshot,
    ProductUpdated,
)
from subgraphs.catalog.model.content import ProductContent, ProductStatus, VariantContent
from subgraphs.catalog.model.tables import CatalogTable
from subgraphs.catalog.model.variant import ProductVariant

MAX_VARIANTS: Final = 100
SnapshotT = TypeVar("SnapshotT", bound=ProductSnapshot)


class Product(Aggregate, CatalogTable):
    """What a customer looks for."""

    __tablename__ = "product"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    category_id: Mapped[UUID | None] = mapped_column(Uuid)
    external_reference: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int]

    variants: Mapped[list[ProductVariant]] = relationship(lazy="raise", order_by=ProductVariant.position)

    @classmethod
    def create(cls, tenant_id: UUID, slug: str, content: ProductContent) -> "Product":
        """A new product with its variants.

        Raises:
            Invalid: no name, no variants or more than 100, a variant without a price, or see `ProductContent.checked`.
            DuplicateSku: see `ProductContent.checked`.
        """
        content = replace(content, slug=slug, name=content.name or "").checked()
        now = utcnow()
        product = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            slug=slug,
            name=content.name,
            description=content.description or "",
            status=content.status or ProductStatus.ACTIVE,
            category_id=content.category_id,
            external_reference=content.external_reference or None,
            created_at=now,
            updated_at=now,
            version=1,
            variants=[],
        )
        if not content.variants:
            raise Invalid("a product needs a variant", field=("variants",))
        product._check_variants(content)
        product._take_variants(content)
        product.record(product._snapshot(ProductCreated))
        return product

    @property
    def is_active(self) -> bool:
        """True while it is sold."""
        return self.status == ProductStatus.ACTIVE

    def expect_version(self, version: int) -> None:
        """Raise `StaleProduct` unless this is the version the caller has seen."""
        if version != self.version:
            raise StaleProduct(f"the product is at version {self.version}", field=("expectedVersion",))

    def revise(self, content: ProductContent) -> bool:
        """Take over what `content` says; False, and nothing published, when it says nothing new.

        Raises:
            Invalid, DuplicateSku: as `create`; the product is as it was.
        """
        content = content.checked()
        self._check_variants(content)
        was_active, prices = self.is_active, {variant.id: variant.price for variant in self.variants}
        is_changed = self._take_fields(content)
        is_changed = self._take_variants(content) or is_changed
        if is_changed:
            self._touch()
            self._publish_revision(prices, is_newly_archived=was_active and not self.is_active)
        return is_changed

    def change_price(self, variant_id: UUID, price: Money) -> bool:
        """Set one variant's price; False, and nothing published, when it is the price in force.

        Raises:
            Invalid: the price is negative.
        """
        variant = next(variant for variant in self.variants if variant.id == variant_id)
        previous = variant.price
        is_changed = variant.revise(VariantContent(variant.sku, price=price).checked())
        if is_changed:
            self._touch()
            self._publish_price(variant, previous)
        return is_changed

    def archive(self) -> None:
        """Stop selling it; archiving twice is one archiving."""
        self.revise(ProductContent(status=ProductStatus.ARCHIVED))

    def _check_variants(self, content: ProductContent) -> None:
        known = {variant.sku for variant in self.variants}
        for place, variant in enumerate(content.variants):
            if variant.sku not in known and variant.price is None:
                raise Invalid("a new variant needs a price", field=("variants", str(place), "price"))
        if len(known | {variant.sku for variant in content.variants}) > MAX_VARIANTS:
            raise Invalid(f"a product has at most {MAX_VARIANTS} variants", field=("variants",))

    def _take_fields(self, content: ProductContent) -> bool:
        before = self._fields()
        self.name = content.name or self.name
        self.slug = content.slug or self.slug
        self.status = content.status or self.status
        self.category_id = content.category_id or self.category_id
        if content.description is not None:
            self.description = content.description
        if content.external_reference is not None:
            self.external_reference = content.external_reference or None
        return before != self._fields()

    def _fields(self) -> tuple[object, ...]:
        return (self.name, self.slug, self.description, self.external_reference, self.status, self.category_id)

    def _take_variants(self, content: ProductContent) -> bool:
        known = {variant.sku: variant for variant in self.variants}
        changes = [self._take_variant(known.get(variant.sku), variant) for variant in content.variants]
        return any(changes)

    def _take_variant(self, known: ProductVariant | None, content: VariantContent) -> bool:
        if known is not None:
            return known.revise(content)
        position = max((variant.position for variant in self.variants), default=0) + 1
        added = ProductVariant.create(self.tenant_id, content, position=position, product_name=self.name)
        self.variants.append(added)
        return True

    def _touch(self) -> None:
        self.version += 1
        self.updated_at = utcnow()

    def _publish_revision(self, previous_prices: Mapping[UUID, Money], *, is_newly_archived: bool) -> None:
        if is_newly_archived:
            variant_ids = [variant.id for variant in self.variants]
            self.record(ProductDeleted(product_id=self.id, version=self.version, variant_ids=variant_ids))
            return
        self.record(self._snapshot(ProductUpdated))
        for variant in self.variants:
            previous = previous_prices.get(variant.id)
            if previous is not None and previous != variant.price:
                self._publish_price(variant, previous)

    def _publish_price(self, variant: ProductVariant, previous: Money) -> None:
        event = ProductPriceChanged(
            product_id=self.id,
            version=self.version,
            variant_id=variant.id,
            sku=variant.sku,
            price_minor=variant.price_minor,
            previous_price_minor=previous.minor,
            currency=variant.currency,
        )
        self.record(event)

    def _snapshot(self, kind: type[SnapshotT]) -> SnapshotT:
        return kind(
            product_id=self.id,
            version=self.version,
            slug=self.slug,
            name=self.name,
            status=self.status,
            variants=[variant.snapshot() for variant in self.variants],
        )
