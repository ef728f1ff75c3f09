"""What clients say to catalog, and how it becomes commands."""

from enum import StrEnum
from uuid import UUID

import strawberry

from kernel.database import SortKey
from kernel.graphql import MoneyInput
from kernel.ids import GlobalId
from subgraphs.catalog import model
from subgraphs.catalog.model import Option, ProductContent, ProductStatus, VariantContent
from subgraphs.catalog.repository.reading import OLDEST_FIRST, ProductFilter


@strawberry.enum(description="What a list of products can be sorted by.")
class ProductOrderField(StrEnum):
    """Columns with an index."""

    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    NAME = "NAME"


@strawberry.enum(description="Which end comes first.")
class OrderDirection(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.input(description="One criterion of an order; ties are broken by id.")
class ProductOrder:
    """`{field: NAME, direction: ASC}`."""

    field: ProductOrderField = strawberry.field(description="Sort by this.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In this direction.")

    def to_keys(self) -> tuple[SortKey, ...]:
        """The criterion and the tie break."""
        columns = {
            ProductOrderField.CREATED_AT: model.Product.created_at,
            ProductOrderField.UPDATED_AT: model.Product.updated_at,
            ProductOrderField.NAME: model.Product.name,
        }
        goes_down = self.direction is OrderDirection.DESC
        return (SortKey(columns[self.field], goes_down), SortKey(model.Product.id, goes_down))


@strawberry.input(description="Which products a list shows; conditions are joined by and.")
class ProductWhere:
    """Absent or null conditions do not narrow the list."""

    category_id: strawberry.ID | None = strawberry.field(default=None, description="Only those of this category.")
    status: ProductStatus | None = strawberry.field(default=None, description="Only those with this status.")

    def to_filter(self) -> ProductFilter:
        """The repository's form."""
        return ProductFilter(category_uuid(self.category_id, "where", "categoryId"), self.status)


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    """Input of `categoryCreate`."""

    name: str = strawberry.field(description="Name for people.")
    slug: str | None = strawberry.field(
        default=None, description="Lower-case letters, digits and dashes; made from the name when left out."
    )
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The category it belongs under.")


@strawberry.input(description="What makes a variant different from its sisters.")
class OptionInput:
    """`{name: "Size", value: "Large"}`."""

    name: str = strawberry.field(description="Like Size.")
    value: str = strawberry.field(description="Like Large.")


@strawberry.input(
    description="A variant, found by its SKU: a new SKU is added, a known one takes over what is given here."
)
class VariantInput:
    """Left-out fields stay as they are; an empty text clears barcode and reference."""

    sku: str = strawberry.field(description="1 to 64 characters, kept exactly.")
    name: str | None = strawberry.field(default=None, description="Made from the options when left out.")
    price: MoneyInput | None = strawberry.field(
        default=None, description="In the tenant's currency; a new variant needs one."
    )
    options: list[OptionInput] | None = strawberry.field(default=None, description="At most 10.")
    barcode: str | None = strawberry.field(default=None, description="Printed code, like a GTIN.")
    external_reference: str | None = strawberry.field(default=None, description="Its name in another system.")

    def to_content(self, *path: str) -> VariantContent:
        """The model's form; `path` is where this input stands.

        Raises:
            BadUserInput: the price is not an amount.
        """
        options = tuple(Option(item.name, item.value) for item in self.options) if self.options is not None else None
        return VariantContent(
            sku=self.sku,
            name=self.name,
            price=self.price.to_money(*path, "price") if self.price is not None else None,
            options=options,
            barcode=self.barcode,
            external_reference=self.external_reference,
        )


def variant_contents(variants: list[VariantInput] | None, *path: str) -> tuple[VariantContent, ...]:
    """The model's form of a list of variants."""
    return tuple(item.to_content(*path, "variants", str(place)) for place, item in enumerate(variants or ()))


def category_uuid(category_id: strawberry.ID | None, *field: str) -> UUID | None:
    """The category a client named, if any."""
    return GlobalId.decode(category_id, expected_type="Category", field=field).uuid if category_id else None


@strawberry.input(description="A new product.")
class ProductCreateInput:
    """Input of `productCreate`."""

    name: str = strawberry.field(description="Name for people.")
    variants: list[VariantInput] = strawberry.field(description="1 to 100 variants, each with a price.")
    slug: str | None = strawberry.field(
        default=None, description="Lower-case letters, digits and dashes; made from the name when left out."
    )
    description: str | None = strawberry.field(default=None, description="Text for people.")
    status: ProductStatus | None = strawberry.field(default=None, description="ACTIVE when left out.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its category.")
    external_reference: str | None = strawberry.field(default=None, description="Its name in another system.")

    def to_content(self) -> ProductContent:
        """The model's form."""
        return _content(self)


@strawberry.input(description="Changes of a product; left-out fields stay as they are, empty texts are cleared.")
class ProductUpdateInput:
    """Input of `productUpdate`."""

    name: str | None = strawberry.field(default=None, description="Name for people.")
    variants: list[VariantInput] | None = strawberry.field(
        default=None, description="Variants to add or change; those not named stay."
    )
    slug: str | None = strawberry.field(default=None, description="Lower-case letters, digits and dashes.")
    description: str | None = strawberry.field(default=None, description="Text for people.")
    status: ProductStatus | None = strawberry.field(default=None, description="ACTIVE brings an archived one back.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its category.")
    external_reference: str | None = strawberry.field(default=None, description="Its name in another system.")

    def to_content(self) -> ProductContent:
        """The model's form."""
        return _content(self)


@strawberry.input(description="A product as it should be, found by its slug; left-out fields stay as they are.")
class ProductUpsertInput:
    """One item of `productBulkUpsert`."""

    slug: str = strawberry.field(description="The product's slug: known ones are changed, others created.")
    name: str = strawberry.field(description="Name for people.")
    variants: list[VariantInput] = strawberry.field(description="Variants to add or change; those not named stay.")
    description: str | None = strawberry.field(default=None, description="Text for people.")
    status: ProductStatus | None = strawberry.field(default=None, description="ACTIVE for a new one when left out.")
    category_slug: str | None = strawberry.field(default=None, description="Slug of its category.")
    external_reference: str | None = strawberry.field(default=None, description="Its name in another system.")

    def to_content(self, *path: str) -> ProductContent:
        """The model's form, without its category; `path` is where this item stands."""
        return ProductContent(
            name=self.name,
            slug=self.slug,
            description=self.description,
            status=self.status,
            external_reference=self.external_reference,
            variants=variant_contents(self.variants, *path),
        )


def order_keys(order_by: list[ProductOrder] | None) -> tuple[SortKey, ...]:
    """The first criterion with its tie break; oldest first without any."""
    return order_by[0].to_keys() if order_by else OLDEST_FIRST


def _content(given: ProductCreateInput | ProductUpdateInput) -> ProductContent:
    return ProductContent(
        name=given.name,
        slug=given.slug,
        description=given.description,
        status=given.status,
        category_id=category_uuid(given.category_id, "input", "categoryId"),
        external_reference=given.external_reference,
        variants=variant_contents(given.variants, "input"),
    )
