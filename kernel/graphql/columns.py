"""Fields that many views have: a global id, an amount of money, why nothing was written."""

from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

import strawberry
from typing_extensions import Unpack

from kernel.errors import Refusal
from kernel.graphql.execution import computed
from kernel.graphql.execution.fields import FieldOptions
from kernel.graphql.types import MoneyType
from kernel.ids import encode_global_id
from kernel.money import Money

ErrorT = TypeVar("ErrorT")


def global_id(type_name: str, name: str = "id", *, description: str = "Global id.") -> strawberry.ID:
    """The global id of a `type_name` whose uuid is the column `name`."""
    uuid_of = attrgetter(name)
    return computed(
        lambda row: strawberry.ID(encode_global_id(type_name, uuid_of(row))), reads=(name,), description=description
    )


def money(name: str, **options: Unpack[FieldOptions]) -> MoneyType:
    """The minor units in the column `name`, of the currency in the column `currency`."""
    amount_of = attrgetter(name)
    return computed(lambda row: MoneyType.of(Money(amount_of(row), row.currency)), reads=(name, "currency"), **options)


def user_errors(of: Callable[[Refusal], ErrorT], *, description: str = "Why it was refused.") -> list[ErrorT]:
    """The `refusals` of the row, as the graph shows them."""
    return computed(lambda row: [of(refusal) for refusal in row.refusals], reads=("refusals",), description=description)
