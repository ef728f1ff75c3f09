"""Which sold units a credit note gives back.

A credit line takes units of the same code that the same customer bought before (guests share one pool), newest order
first: units of the same price, then units of another price, never more than is left of the order's money. What finds
no sale is an unreferenced return.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from cli.sales.classification import ClassifiedLine, Outcome
from cli.sales.invoices import Invoice


@dataclass(frozen=True, slots=True)
class LotKey:
    """Units of one code sold at one price in one invoice; they are alike, and may be several lines of the order."""

    invoice: str
    is_service: bool
    code: str
    unit_minor: int


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    """Units given back for `unit_minor` each. Of `lot`, they are those from position `first_unit` on."""

    code: str
    title: str
    is_service: bool
    quantity: int
    unit_minor: int
    lot: LotKey | None = None
    first_unit: int = 0


@dataclass(frozen=True, slots=True)
class ReturnPart:
    """What goes into one call: everything given back of one order, or (`order` is None) of no order."""

    order: str | None
    units: tuple[ReturnedUnits, ...]

    @property
    def refund_minor(self) -> int:
        """The money given back."""
        return sum(units.quantity * units.unit_minor for units in self.units)


@dataclass(slots=True)
class _Lot:
    key: LotKey
    sold: int = 0
    taken: int = 0

    @property
    def left(self) -> int:
        return self.sold - self.taken


# customer, is it a service, code: what a credit line looks for
_Buyer: TypeAlias = tuple[str | None, bool, str]


@dataclass(slots=True)
class SoldUnits:
    """Everything sold so far and not yet given back."""

    _lots: dict[_Buyer, list[_Lot]] = field(default_factory=lambda: defaultdict(list))
    _refundable_minor: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def sell(self, invoice: Invoice) -> None:
        """Remember the goods and charges of `invoice`."""
        lots: dict[LotKey, _Lot] = {}
        for line in invoice.of(Outcome.SALE, Outcome.CHARGE):
            is_service = line.outcome is Outcome.CHARGE
            key = LotKey(invoice.number, is_service, line.sku, line.unit_minor)
            if key not in lots:
                lots[key] = _Lot(key)
                self._lots[invoice.customer, is_service, line.sku].append(lots[key])
            lots[key].sold += line.units
            self._refundable_minor[invoice.number] += line.amount_minor

    def give_back(self, invoice: Invoice) -> tuple[ReturnPart, ...]:
        """Match the lines of a credit note, and take what they match."""
        taken = [units for line in invoice.of(Outcome.RETURN, Outcome.RETURN_CHARGE) for units in self._take(line)]
        return tuple(_parts(taken))

    def _take(self, credit: ClassifiedLine) -> Iterator[ReturnedUnits]:
        is_service = credit.outcome is Outcome.RETURN_CHARGE
        wanted = credit.units
        title = credit.line.description or credit.sku
        for lot in self._candidates(credit, is_service=is_service):
            quantity = min(wanted, lot.left, self._refundable_minor[lot.key.invoice] // credit.unit_minor)
            if quantity == 0:
                continue
            yield ReturnedUnits(credit.sku, title, is_service, quantity, credit.unit_minor, lot.key, lot.taken)
            lot.taken += quantity
            self._refundable_minor[lot.key.invoice] -= quantity * credit.unit_minor
            wanted -= quantity
            if wanted == 0:
                return
        yield ReturnedUnits(credit.sku, title, is_service, wanted, credit.unit_minor)

    def _candidates(self, credit: ClassifiedLine, *, is_service: bool) -> list[_Lot]:
        buyer = (credit.line.customer, is_service, credit.sku)
        lots = [lot for lot in reversed(self._lots.get(buyer, [])) if lot.left]
        # stable: newest first within each half
        return sorted(lots, key=lambda lot: lot.key.unit_minor != credit.unit_minor)


def _parts(taken: Iterable[ReturnedUnits]) -> Iterator[ReturnPart]:
    """One part per order in order of appearance, the unreferenced one last.

    Units of one lot at two prices go into two parts: a call names each order line once.
    """
    calls: dict[tuple[str, int], dict[LotKey, ReturnedUnits]] = {}
    loose: list[ReturnedUnits] = []
    for units in taken:
        if units.lot is None:
            loose.append(units)
            continue
        turn = 0
        while not _joins(calls.setdefault((units.lot.invoice, turn), {}), units.lot, units):
            turn += 1
    for (order, _), lots in calls.items():
        yield ReturnPart(order, tuple(lots.values()))
    if loose:
        yield ReturnPart(None, tuple(loose))


def _joins(call: dict[LotKey, ReturnedUnits], lot: LotKey, units: ReturnedUnits) -> bool:
    """Put `units` into `call` if its lot is not there, or is there at the same price and the units follow directly."""
    there = call.get(lot)
    if there is None:
        call[lot] = units
        return True
    if there.unit_minor != units.unit_minor or there.first_unit + there.quantity != units.first_unit:
        return False
    total = there.quantity + units.quantity
    call[lot] = ReturnedUnits(there.code, there.title, there.is_service, total, there.unit_minor, lot, there.first_unit)
    return True
