"""Money as integer minor units and an ISO 4217 code; decimals exist only as text at the edges."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from kernel.errors import BadUserInput

# ISO 4217: minor-unit exponents of currencies that do not have two decimals
_EXPONENTS: Final[Mapping[str, int]] = {
    "BHD": 3, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3,
    "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{3}")
_MAX_MINOR: Final = 10**15


def currency_exponent(currency: str) -> int:
    """How many decimals `currency` has."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of one currency, in minor units (pence, yen)."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str, *, field: tuple[str, ...] = ("amount",)) -> "Money":
        """Read a decimal text such as "12.50".

        Raises:
            BadUserInput: not a number, too large, more decimals than the currency has, or no currency code.
        """
        if not _CODE.fullmatch(currency):
            raise BadUserInput(f"{currency[:8]!r} is not a currency code", field=(*field[:-1], "currencyCode"))
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise BadUserInput(f"{amount[:32]!r} is not a decimal number", field=field) from None
        if not value.is_finite() or abs(value) >= _MAX_MINOR:
            raise BadUserInput(f"{amount[:32]!r} is out of range", field=field)
        scaled = value.scaleb(currency_exponent(currency))
        if scaled != scaled.to_integral_value():
            raise BadUserInput(f"{currency} has {currency_exponent(currency)} decimals, got {amount[:32]}", field=field)
        return cls(int(scaled), currency)

    @property
    def amount(self) -> str:
        """The decimal text with exactly the currency's decimals."""
        exponent = currency_exponent(self.currency)
        if exponent == 0:
            return str(self.minor)
        digits = str(abs(self.minor)).zfill(exponent + 1)
        return f"{'-' if self.minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)
