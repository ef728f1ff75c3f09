"""Facts catalog publishes (domain.md §5, 8 to 11). Consumers keep the newest by the product's `version`."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kernel.events import Event


class VariantSnapshot(BaseModel):
    """A variant inside a product snapshot; `price_minor` in minor units of `currency`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    variant_id: UUID
    sku: str
    name: str
    price_minor: int
    currency: str


class ProductFact(Event):
    """What every fact about a product carries."""

    product_id: UUID
    version: int

    @property
    def key(self) -> UUID:
        """The product."""
        return self.product_id


class ProductSnapshot(ProductFact):
    """The whole product with all its variants."""

    slug: str
    name: str
    status: str
    variants: list[VariantSnapshot]


class ProductCreated(ProductSnapshot):
    """A product joined the catalogue."""

    subject: ClassVar[str] = "retail.product.created.v1"


class ProductUpdated(ProductSnapshot):
    """A product or its variants changed; the snapshot is the state after the change, prices included."""

    subject: ClassVar[str] = "retail.product.updated.v1"


class ProductDeleted(ProductFact):
    """A product was archived: it is no longer sold, its rows stay."""

    subject: ClassVar[str] = "retail.product.deleted.v1"

    variant_ids: list[UUID]


class ProductPriceChanged(ProductFact):
    """One variant's price changed; both prices in minor units of `currency`."""

    subject: ClassVar[str] = "retail.product.price.changed.v1"

    variant_id: UUID
    sku: str
    price_minor: int
    previous_price_minor: int
    currency: str


PUBLISHED: tuple[type[Event], ...] = (ProductCreated, ProductUpdated, ProductDeleted, ProductPriceChanged)
