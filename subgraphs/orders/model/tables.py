"""What the tables of the schema `orders` share."""

import re
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import DeclarativeBase

from kernel.database import context_metadata
from subgraphs.orders.errors import Invalid, InvalidQuantity

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
MAX_QUANTITY: Final = 1_000_000
MAX_MINOR: Final = 10**12


class OrdersTable(DeclarativeBase):
    """Tables of the schema `orders`."""

    metadata = context_metadata("orders")


class LineKind(StrEnum):
    """Whether a line moves stock."""

    GOODS = "GOODS"
    CHARGE = "CHARGE"


def checked_quantity(quantity: int, field: tuple[str, ...]) -> int:
    """The quantity, or InvalidQuantity."""
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidQuantity(f"must be between 1 and {MAX_QUANTITY}", field=field)
    return quantity


def checked_currency(code: str, field: tuple[str, ...]) -> str:
    """The code, or Invalid when it does not look like one."""
    if not _CURRENCY.fullmatch(code):
        raise Invalid("is not an ISO 4217 code, like GBP", field=field)
    return code


def checked_country(code: str, field: tuple[str, ...]) -> str:
    """The code, or Invalid when it does not look like one."""
    if not _COUNTRY.fullmatch(code):
        raise Invalid("is not an ISO 3166 country code, like GB", field=field)
    return code


def checked_text(text: str, field: tuple[str, ...]) -> str:
    """The text without the blanks around it, or Invalid when nothing is left."""
    if not text.strip():
        raise Invalid("must not be empty", field=field)
    return text.strip()
