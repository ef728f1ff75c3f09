"""Cart, its lines and charges: views of rows."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import ClassVar, Protocol
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from kernel.database import Row
from kernel.graphql import CurrencyCode, MoneyType, global_id, id_of, reference
from kernel.graphql.execution import column, computed, reads, relation
from kernel.ids import encode_global_id
from kernel.money import Money
from subgraphs.orders.graphql.loaders import (
    Lines,
    Priced,
    every_key_is_found,
    load_cart_lines,
    load_carts,
)
from subgraphs.orders.model import LineKind
from subgraphs.orders.repository.carts import CartLineRow, CartRow


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A variant of the catalogue."
)
class ProductVariant:
    """A reference; catalog knows the rest."""

    id: strawberry.ID = strawberry.field(description="Global id.")

    @classmethod
    def of(cls, variant_id: UUID | None) -> "ProductVariant | None":
        """What a line is of; a charge is of none."""
        if variant_id is None:
            return None
        return cls(id=strawberry.ID(encode_global_id("ProductVariant", variant_id)))


class _Line(Protocol):
    row: Row
    currency: str


def line_money(name: str, *, description: str, of: Sequence[str] = ()) -> MoneyType:
    """An amount of a line: the attribute `name` of its row, made of the columns `of` if it is none itself."""
    amount_of = attrgetter(name)

    def amount(self: _Line) -> MoneyType:
        return MoneyType.of(Money(amount_of(self.row), self.currency))

    return strawberry.field(resolver=amount, description=description, metadata=reads(*(of or (name,))))


@strawberry.type(description="Goods in a cart.")
class CartLine:
    """A line at the price it was added at."""

    row: strawberry.Private[CartLineRow]
    currency: strawberry.Private[str]

    id: strawberry.ID = global_id("CartLine")
    variant: ProductVariant | None = computed(
        lambda row: ProductVariant.of(row.variant_id), reads=("variant_id",), description="What is to be bought."
    )
    sku: str = column(description="Its SKU when it was added.")
    title: str = column(description="Its title when it was added.")
    quantity: int = column(description="How many pieces.")

    unit_price: MoneyType = line_money("unit_price", description="Price of one piece.")
    total: MoneyType = line_money("total", description="Quantity times unit price.", of=("quantity", "unit_price"))


@strawberry.type(description="Something in a cart that is not stock: postage, a fee, a discount.")
class CartCharge:
    """A charge."""

    row: strawberry.Private[CartLineRow]
    currency: strawberry.Private[str]

    id: strawberry.ID = global_id("CartLine", description="Global id; cartLinesUpdate and cartLinesRemove take it too.")
    code: str = column("sku", description="Short code, like POST.")
    title: str = column(description="For people.")
    quantity: int = column(description="How often.")

    unit_price: MoneyType = line_money("unit_price", description="Price of one; negative for a discount.")
    total: MoneyType = line_money("total", description="Quantity times unit price.", of=("quantity", "unit_price"))


def _goods(lines: Lines[CartLineRow]) -> list[CartLine]:
    return [CartLine(row=row, currency=lines.currency) for row in lines.rows if row.kind is LineKind.GOODS]


def _charges(lines: Lines[CartLineRow]) -> list[CartCharge]:
    return [CartCharge(row=row, currency=lines.currency) for row in lines.rows if row.kind is LineKind.CHARGE]


def _total(lines: Lines[CartLineRow]) -> MoneyType:
    return MoneyType.of(Money(sum(row.total for row in lines.rows), lines.currency))


@strawberry.federation.type(keys=["id"], description="What somebody means to buy, in one currency.")
class Cart:
    """`Cart` of the graph."""

    row: strawberry.Private[CartRow]
    references: ClassVar = (reference("id", load_carts, parse=id_of("Cart"), to=lambda row: Cart(row=row)),)

    id: strawberry.ID = global_id("Cart")
    currency_code: CurrencyCode = column("currency", description="Currency of all its prices.")
    expires_at: datetime = column(description="Until when it can be checked out; every change prolongs it.")
    version: int = column(description="Counts changes.")
    lines: list[CartLine] = relation(
        load_cart_lines,
        key=Priced.of,
        reads=("id", "currency"),
        to=_goods,
        to_reads=("kind",),
        missing=every_key_is_found,
        description="The goods, in the order they were added; at most 2,000.",
    )
    charges: list[CartCharge] = relation(
        load_cart_lines,
        key=Priced.of,
        reads=("id", "currency"),
        to=_charges,
        to_reads=("kind",),
        missing=every_key_is_found,
        description="What is not stock, in the order it was added.",
    )
    total: MoneyType = relation(
        load_cart_lines,
        key=Priced.of,
        reads=("id", "currency"),
        to=_total,
        to_reads=("quantity", "unit_price"),
        missing=every_key_is_found,
        description="Goods and charges together.",
    )
