"""Value types every subgraph shares: Money, PageInfo, the UserError interface, scalars (C-04, C-08, C-10, C-11)."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from kernel.errors import BadUserInput, Refusal
from kernel.money import Money

CurrencyCode = NewType("CurrencyCode", str)
DecimalText = NewType("DecimalText", str)


def _parse_decimal(value: object) -> str:
    try:
        if isinstance(value, str):
            Decimal(value)
            return value
    except InvalidOperation:
        pass
    raise BadUserInput('a Decimal is written as a string, like "12.50"')


def _parse_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadUserInput('a DateTime is written as RFC 3339 with a time zone, like "2026-01-31T12:00:00Z"')


def _print_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_utc(value: object) -> bool:
    """An instant that orjson (with OPT_UTC_Z) writes as the scalar does."""
    return type(value) is datetime and value.tzinfo is UTC


SCALARS: Final[dict[object, ScalarDefinition]] = {
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode", description="An ISO 4217 code, like GBP.", serialize=str, parse_value=str
    ),
    DecimalText: strawberry.scalar(
        name="Decimal",
        description="A decimal number as text, never a float.",
        serialize=str,
        parse_value=_parse_decimal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 in UTC, like 2026-01-31T12:00:00Z.",
        serialize=_print_instant,
        parse_value=_parse_instant,
    ),
}


@strawberry.federation.type(name="Money", shareable=True, description="An amount of one currency.")
class MoneyType:
    """`Money {amount currencyCode}`."""

    amount: DecimalText = strawberry.field(description="Decimal text with exactly the currency's decimals.")
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217 code.")

    @classmethod
    def of(cls, money: Money) -> "MoneyType":
        """The graph's form of `money`."""
        return cls(amount=DecimalText(money.amount), currency_code=CurrencyCode(money.currency))


@strawberry.input(description="An amount of one currency.")
class MoneyInput:
    """`{amount: "12.50", currencyCode: "GBP"}`."""

    amount: DecimalText = strawberry.field(description="Decimal text, like 12.50.")
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217 code.")

    def to_money(self, *field: str) -> Money:
        """The checked amount; `field` is the input path for the error."""
        return Money.parse(self.amount, self.currency_code, field=(*field, "amount"))


@strawberry.federation.type(shareable=True, description="Where a page of a list begins and ends.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="True when more nodes follow.")
    has_previous_page: bool = strawberry.field(description="True when nodes precede.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first node.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last node.")


@strawberry.interface(description="Why a mutation was refused; nothing was changed.")
class UserError:
    """`field` is the path of the input at fault, `message` is for people; implementations add a typed `code`."""

    field: list[str] | None = strawberry.field(description="Path of the input at fault.")
    message: str = strawberry.field(description="For people; the code is the contract.")


def field_path(refusal: Refusal) -> list[str] | None:
    """The refusal's field path as the graph shows it."""
    return list(refusal.field) if refusal.field is not None else None
