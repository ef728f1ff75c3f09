"""Cart, its lines and charges."""

from datetime import datetime
from typing import TypeAlias

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from kernel.graphql import CurrencyCode, Info, MoneyType
from kernel.ids import GlobalId, encode_global_id
from kernel.money import Money
from subgraphs.orders import model
from subgraphs.orders.graphql.loaders import OrderLoaders
from subgraphs.orders.model import LineKind

OrderInfo: TypeAlias = Info[OrderLoaders]


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A variant of the catalogue."
)
class ProductVariant:
    """A reference; catalog knows the rest."""

    id: strawberry.ID = strawberry.field(description="Global id.")


@strawberry.type(description="Goods in a cart.")
class CartLine:
    """A line at the price it was added at."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    variant: ProductVariant | None = strawberry.field(description="What is to be bought.")
    sku: str = strawberry.field(description="Its SKU when it was added.")
    title: str = strawberry.field(description="Its title when it was added.")
    quantity: int = strawberry.field(description="How many pieces.")
    unit_price: MoneyType = strawberry.field(description="Price of one piece.")
    total: MoneyType = strawberry.field(description="Quantity times unit price.")

    @classmethod
    def of(cls, row: model.CartLine, currency: str) -> "CartLine":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("CartLine", row.id)),
            variant=variant_of(row),
            sku=row.sku,
            title=row.title,
            quantity=row.quantity,
            unit_price=MoneyType.of(Money(row.unit_price, currency)),
            total=MoneyType.of(Money(row.total, currency)),
        )


@strawberry.type(description="Something in a cart that is not stock: postage, a fee, a discount.")
class CartCharge:
    """A charge."""

    id: strawberry.ID = strawberry.field(description="Global id; cartLinesUpdate and cartLinesRemove take it too.")
    code: str = strawberry.field(description="Short code, like POST.")
    title: str = strawberry.field(description="For people.")
    quantity: int = strawberry.field(description="How often.")
    unit_price: MoneyType = strawberry.field(description="Price of one; negative for a discount.")
    total: MoneyType = strawberry.field(description="Quantity times unit price.")

    @classmethod
    def of(cls, row: model.CartLine, currency: str) -> "CartCharge":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("CartLine", row.id)),
            code=row.sku,
            title=row.title,
            quantity=row.quantity,
            unit_price=MoneyType.of(Money(row.unit_price, currency)),
            total=MoneyType.of(Money(row.total, currency)),
        )


@strawberry.federation.type(keys=["id"], description="What somebody means to buy, in one currency.")
class Cart:
    """`Cart` of the graph."""

    row: strawberry.Private[model.Cart]
    id: strawberry.ID = strawberry.field(description="Global id.")
    currency_code: CurrencyCode = strawberry.field(description="Currency of all its prices.")
    expires_at: datetime = strawberry.field(description="Until when it can be checked out; every change prolongs it.")
    version: int = strawberry.field(description="Counts changes.")

    @classmethod
    def of(cls, row: model.Cart) -> "Cart":
        """The graph's form of a row."""
        return cls(
            row=row,
            id=strawberry.ID(encode_global_id("Cart", row.id)),
            currency_code=CurrencyCode(row.currency),
            expires_at=row.expires_at,
            version=row.version,
        )

    @classmethod
    async def resolve_reference(cls, info: OrderInfo, id: strawberry.ID) -> "Cart | None":  # noqa: A002
        """By id; None when the caller has no such cart."""
        row = await info.context.loaders.cart.load(GlobalId.decode(id, expected_type="Cart").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="The goods, in the order they were added; at most 2,000.")
    async def lines(self, info: OrderInfo) -> list[CartLine]:
        """One batch for all carts of the operation."""
        rows = await info.context.loaders.cart_lines.load(self.row.id)
        return [CartLine.of(row, self.row.currency) for row in rows if row.kind == LineKind.GOODS]

    @strawberry.field(description="What is not stock, in the order it was added.")
    async def charges(self, info: OrderInfo) -> list[CartCharge]:
        """From the same batch."""
        rows = await info.context.loaders.cart_lines.load(self.row.id)
        return [CartCharge.of(row, self.row.currency) for row in rows if row.kind == LineKind.CHARGE]

    @strawberry.field(description="Goods and charges together.")
    async def total(self, info: OrderInfo) -> MoneyType:
        """From the same batch."""
        rows = await info.context.loaders.cart_lines.load(self.row.id)
        return MoneyType.of(Money(sum(row.total for row in rows), self.row.currency))


def variant_of(row: "model.CartLine | model.OrderLine | model.OrderReturnLine") -> ProductVariant | None:
    """A reference to the line's variant, if it is of one."""
    if row.variant_id is None:
        return None
    return ProductVariant(id=strawberry.ID(encode_global_id("ProductVariant", row.variant_id)))
