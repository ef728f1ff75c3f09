"""What a caller says about a product: checked as a whole before anything changes."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from kernel.money import Money
from subgraphs.catalog.errors import DuplicateSku, Invalid, refusals_below
from subgraphs.catalog.model.wording import checked_line, checked_sku, checked_slug, checked_text

_MAX_OPTIONS: Final = 10
_BARCODE_LENGTH: Final = 64
_REFERENCE_LENGTH: Final = 255
_DESCRIPTION_LENGTH: Final = 20_000


class ProductStatus(StrEnum):
    """Whether a product is sold."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Option:
    """What makes a variant different, like Size: Large."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class VariantContent:
    """One variant, found by its SKU. None leaves a field as it is; an empty barcode or reference clears it."""

    sku: str
    name: str | None = None
    price: Money | None = None
    options: tuple[Option, ...] | None = None
    barcode: str | None = None
    external_reference: str | None = None

    def checked(self) -> "VariantContent":
        """The same with tidied texts.

        Raises:
            Invalid: a text breaks its rule, the price is negative, or options repeat a name or are too many.
        """
        if self.price is not None and self.price.minor < 0:
            raise Invalid("must not be negative", field=("price", "amount"))
        return replace(
            self,
            sku=checked_sku(self.sku),
            name=checked_line(self.name, "name") if self.name is not None else None,
            options=_checked_options(self.options) if self.options is not None else None,
            barcode=_checked_or_none(self.barcode, "barcode", _BARCODE_LENGTH),
            external_reference=_checked_or_none(self.external_reference, "externalReference", _REFERENCE_LENGTH),
        )


@dataclass(frozen=True, slots=True)
class ProductContent:
    """A product. None leaves a field as it is, empty texts clear it; variants not named stay as they are."""

    name: str | None = None
    slug: str | None = None
    description: str | None = None
    status: ProductStatus | None = None
    category_id: UUID | None = None
    external_reference: str | None = None
    variants: tuple[VariantContent, ...] = ()

    def checked(self) -> "ProductContent":
        """The same with tidied texts.

        Raises:
            Invalid: a text breaks its rule.
            DuplicateSku: two variants have the same SKU.
        """
        return replace(
            self,
            name=checked_line(self.name, "name") if self.name is not None else None,
            slug=checked_slug(self.slug) if self.slug is not None else None,
            description=_checked_or_none(self.description, "description", _DESCRIPTION_LENGTH),
            external_reference=_checked_or_none(self.external_reference, "externalReference", _REFERENCE_LENGTH),
            variants=_checked_variants(self.variants),
        )


def _checked_or_none(text: str | None, field: str, longest: int) -> str | None:
    return checked_text(text, field, longest) if text is not None else None


def _checked_variants(variants: tuple[VariantContent, ...]) -> tuple[VariantContent, ...]:
    seen: set[str] = set()
    checked: list[VariantContent] = []
    for place, variant in enumerate(variants):
        with refusals_below("variants", str(place)):
            tidy = variant.checked()
            if tidy.sku in seen:
                raise DuplicateSku(f"the SKU {tidy.sku!r} stands here twice", field=("sku",))
        seen.add(tidy.sku)
        checked.append(tidy)
    return tuple(checked)


def _checked_options(options: tuple[Option, ...]) -> tuple[Option, ...]:
    with refusals_below("options"):
        tidy = tuple(Option(checked_line(item.name, "name"), checked_line(item.value, "value")) for item in options)
        if len(tidy) > _MAX_OPTIONS:
            raise Invalid(f"a variant has at most {_MAX_OPTIONS} options")
        if len({option.name for option in tidy}) < len(tidy):
            raise Invalid("two options have the same name")
    return tidy
