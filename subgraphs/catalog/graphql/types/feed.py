"""Pages of the feed that tills follow: compact rows, for twenty thousand variants are loaded at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Self
from uuid import UUID

import orjson
import strawberry

from kernel.database import Reader
from kernel.ids import encode_global_id
from subgraphs.catalog.model import ProductStatus
from subgraphs.catalog.repository.feed import (
    ChangedProductRow,
    FeedRow,
    changed_products,
    feed_position,
    variants_by_product,
)
from subgraphs.catalog.repository.reading import VariantRow

MOST_PRODUCTS: Final = 1000
_MOST_VARIANTS: Final = 10_000
# more digits than any position has, fewer than a bigint cannot hold
_LONGEST_NUMBER: Final = 18


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """A place in a tenant's feed; `whole_until` while the whole catalogue is being loaded, as it was at that number."""

    epoch: str
    sequence: int
    whole_until: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The place that a till kept; None for what we never wrote."""
        epoch, *numbers = text.split(".")
        if len(numbers) not in {1, 2} or not all(_is_number(number) for number in numbers):
            return None
        return cls(epoch, *(int(number) for number in numbers))

    @classmethod
    def beginning(cls, position: FeedRow | None) -> Self:
        """Where loading the whole catalogue begins."""
        epoch, sequence = _standing(position)
        return cls(epoch, 0, sequence)

    def is_of(self, position: FeedRow | None) -> bool:
        """Whether the feed has been here: not that of another tenant, nor one that was restored from a backup."""
        epoch, sequence = _standing(position)
        return self.epoch == epoch and max(self.sequence, self.whole_until or 0) <= sequence

    def __str__(self) -> str:
        numbers = (self.sequence,) if self.whole_until is None else (self.sequence, self.whole_until)
        return ".".join([self.epoch, *map(str, numbers)])


@strawberry.type(description="A part of the catalogue as tills keep it (docs/operations/tills.md).")
class CatalogueFeedPage:
    """`CatalogueFeedPage` of the graph."""

    products: str = strawberry.field(description="A JSON array of products with their variants, as tills keep them.")
    next: str = strawberry.field(description="The place in the feed after this page.")
    has_more: bool = strawberry.field(description="Whether there is more at that place already.")

    @classmethod
    async def read(cls, reader: Reader, after: str | None, first: int) -> Self | None:
        """Three statements; None when `after` is no place of this feed."""
        position = await feed_position(reader)
        place = FeedPlace.beginning(position) if after is None else FeedPlace.parse(after)
        if place is None or not place.is_of(position):
            return None
        found, has_more = await changed_products(
            reader, above=place.sequence, sold_until=place.whole_until, first=first
        )
        variants = await variants_by_product(reader, [row.product_id for row in found if _is_sold(row)])
        rows = _fitting(found, variants)
        has_more = has_more or len(rows) < len(found)
        return cls(
            products=orjson.dumps([_compact(row, variants) for row in rows]).decode(),
            next=str(_following(place, rows, _standing(position)[1], has_more=has_more)),
            has_more=has_more,
        )


def _following(place: FeedPlace, rows: Sequence[ChangedProductRow], standing: int, *, has_more: bool) -> FeedPlace:
    if has_more:
        return FeedPlace(place.epoch, rows[-1].sequence, place.whole_until)
    if place.whole_until is not None:
        return FeedPlace(place.epoch, place.whole_until)
    # a change may have been committed after the position was read
    return FeedPlace(place.epoch, max([standing, *(row.sequence for row in rows[-1:])]))


def _fitting(
    rows: Sequence[ChangedProductRow], variants: Mapping[UUID, Sequence[VariantRow]]
) -> Sequence[ChangedProductRow]:
    """As many as have 10,000 variants together, at least one: an answer has its limit."""
    counts = accumulate(len(variants.get(row.product_id, ())) for row in rows)
    return rows[: max(1, sum(count <= _MOST_VARIANTS for count in counts))]


def _compact(row: ChangedProductRow, variants: Mapping[UUID, Sequence[VariantRow]]) -> dict[str, object]:
    product_id = encode_global_id("Product", row.product_id)
    if not _is_sold(row):
        return {"id": product_id, "status": row.status}
    sold = [_compact_variant(variant) for variant in variants.get(row.product_id, ())]
    return {"id": product_id, "status": row.status, "name": row.name, "variants": sold}


def _compact_variant(variant: VariantRow) -> dict[str, object]:
    return {
        "id": encode_global_id("ProductVariant", variant.id),
        "sku": variant.sku,
        "barcode": variant.barcode,
        "name": variant.name,
        "options": variant.options,
        "price_minor": variant.price_minor,
        "currency": variant.currency,
    }


def _is_sold(row: ChangedProductRow) -> bool:
    return row.status is ProductStatus.ACTIVE


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _standing(position: FeedRow | None) -> tuple[str, int]:
    """Epoch and number; before its first product a tenant is at 0 of no epoch, and loads anew after it."""
    return (position.epoch.hex, position.sequence) if position is not None else ("0", 0)
