"""Variants and the history of their prices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from kernel.clock import utcnow
from kernel.database import TenantOwned
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.catalog.errors import Invalid
from subgraphs.catalog.events import VariantSnapshot
from subgraphs.catalog.model.content import Option, VariantContent
from subgraphs.catalog.model.tables import CatalogTable


class PriceChange(TenantOwned, CatalogTable):
    """One line of a variant's price history; rows are only ever added."""

    __tablename__ = "price_history"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["catalog.variant.tenant_id", "catalog.variant.id"]),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ProductVariant(TenantOwned, CatalogTable):
    """What is bought: a SKU with a price. Changed only through its product."""

    __tablename__ = "variant"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "product_id"], ["catalog.product.tenant_id", "catalog.product.id"]),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    options: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    barcode: Mapped[str | None] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]

    price_history: WriteOnlyMapped[PriceChange] = relationship()

    @classmethod
    def create(cls, tenant_id: UUID, content: VariantContent, *, position: int, product_name: str) -> "ProductVariant":
        """A new variant of checked content; without a name it is called after its options, or after its product.

        Raises:
            Invalid: no price.
        """
        if content.price is None:
            raise Invalid("a new variant needs a price", field=("price",))
        options = content.options or ()
        variant = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            position=position,
            sku=content.sku,
            name=content.name or " / ".join(option.value for option in options) or product_name,
            options=_stored_options(options),
            barcode=content.barcode or None,
            external_reference=content.external_reference or None,
            version=1,
        )
        variant._set_price(content.price)
        return variant

    @property
    def price(self) -> Money:
        """The price in force."""
        return Money(self.price_minor, self.currency)

    def revise(self, content: VariantContent) -> bool:
        """Take over what checked content says, its price included; True when something changed."""
        before = self._fields()
        self.name = content.name or self.name
        if content.options is not None and _stored_options(content.options) != self.options:
            self.options = _stored_options(content.options)
        if content.barcode is not None:
            self.barcode = content.barcode or None
        if content.external_reference is not None:
            self.external_reference = content.external_reference or None
        if content.price is not None and content.price != self.price:
            self._set_price(content.price)
        is_changed = before != self._fields()
        self.version += is_changed
        return is_changed

    def snapshot(self) -> VariantSnapshot:
        """The variant as events carry it."""
        return VariantSnapshot(
            variant_id=self.id, sku=self.sku, name=self.name, price_minor=self.price_minor, currency=self.currency
        )

    def _fields(self) -> tuple[object, ...]:
        return (self.name, self.options, self.barcode, self.external_reference, self.price_minor, self.currency)

    def _set_price(self, price: Money) -> None:
        self.price_minor, self.currency = price.minor, price.currency
        change = PriceChange(id=uuid7(), price_minor=price.minor, currency=price.currency, changed_at=utcnow())
        self.price_history.add(change)


def _stored_options(options: tuple[Option, ...]) -> list[dict[str, str]]:
    return [{"name": option.name, "value": option.value} for option in options]
