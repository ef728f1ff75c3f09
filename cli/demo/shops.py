"""What stands in the demo shops: read from their files, with stock that is the same in every run."""

import tomllib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from subgraphs.catalog.model.wording import slug_of

_FOLDER: Final = Path(__file__).parent
SHOPS: Final = ("lumen", "sakura")


class DemoLocation(BaseModel):
    """A place with stock."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    kind: str
    store_id: UUID | None = None


class DemoCategory(BaseModel):
    """A category and its products: code, name, price, options, description."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    products: tuple[tuple[str, str, str, str, str], ...]


class _ShopFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    slug: str
    name: str
    currency: str
    sku_prefix: str
    locations: tuple[DemoLocation, ...]
    categories: tuple[DemoCategory, ...]


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A variant with its price as decimal text; `option` is None for a product without choices."""

    sku: str
    price: str
    option: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product of one category."""

    slug: str
    name: str
    description: str
    category_slug: str
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True, slots=True)
class DemoShop:
    """One tenant's demo."""

    tenant_id: UUID
    slug: str
    name: str
    currency: str
    locations: tuple[DemoLocation, ...]
    categories: tuple[DemoCategory, ...]
    products: tuple[DemoProduct, ...]

    @classmethod
    def read(cls, slug: str) -> Self:
        """The shop in `<slug>.toml` beside this module."""
        file = _ShopFile.model_validate(tomllib.loads((_FOLDER / f"{slug}.toml").read_text("utf-8")))
        return cls(
            tenant_id=file.id,
            slug=file.slug,
            name=file.name,
            currency=file.currency,
            locations=file.locations,
            categories=file.categories,
            products=tuple(_products(file)),
        )

    @property
    def level_count(self) -> int:
        """How many variants are in stock, added up over the locations."""
        return sum(
            quantity_of(variant.sku, location) > 0
            for product in self.products
            for variant in product.variants
            for location in self.locations
        )


def quantity_of(sku: str, location: DemoLocation) -> int:
    """Pieces on the shelf: many in a warehouse, few in a store, sometimes none; the same in every run."""
    chance = zlib.crc32(f"{sku}@{location.code}".encode())
    if location.kind == "WAREHOUSE":
        return 20 + chance % 101
    return 0 if chance % 8 == 0 else 1 + chance % 15


def _products(file: _ShopFile) -> Iterator[DemoProduct]:
    for category in file.categories:
        for code, name, price, options, description in category.products:
            yield DemoProduct(
                slug=slug_of(name),
                name=name,
                description=description,
                category_slug=category.slug,
                variants=tuple(_variants(f"{file.sku_prefix}-{code}", price, options)),
            )


def _variants(stem: str, price: str, options: str) -> Sequence[DemoVariant]:
    """`Size=Small|Large:24.00`: one variant per value, the price behind a colon where it differs."""
    if not options:
        return [DemoVariant(stem, price, None)]
    name, _, values = options.partition("=")
    variants: list[DemoVariant] = []
    for number, choice in enumerate(values.split("|"), start=1):
        value, _, own_price = choice.partition(":")
        variants.append(DemoVariant(f"{stem}-{number}", own_price or price, (name, value)))
    return variants
