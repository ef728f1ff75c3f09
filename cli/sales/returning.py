"""From planned returns to calls: which order lines the units of a lot are."""

from collections.abc import Iterator, Sequence

from cli.sales.matching import ReturnedUnits, ReturnPart
from cli.sales.plan import ReturnJob
from cli.sales.shop import NoteLine, ReturnNote, SoldLine


class LotDiffers(Exception):
    """The order does not have the units that the file sold with it."""


def note_of(job: ReturnJob, position: int, order_id: str | None, sold: Sequence[SoldLine]) -> ReturnNote:
    """The call for one part of a credit note; the same at every attempt, whatever was returned meanwhile.

    Raises:
        LotDiffers: see there.
    """
    invoice = job.invoice
    return ReturnNote(
        key=f"sales:{invoice.number}:{position + 1}",
        reference=reference_of(invoice.number, position),
        order_id=order_id,
        customer=invoice.customer,
        country_code=invoice.country_code,
        occurred_at=invoice.invoiced_at,
        lines=tuple(_lines(job.parts[position], sold)),
    )


def reference_of(invoice: str, position: int) -> str:
    """What the graph calls a part: the invoice number; with a suffix from the second part on, for it is unique."""
    return invoice if position == 0 else f"{invoice}/{position + 1}"


def invoice_of(reference: str) -> str:
    """The invoice number in a reference."""
    return reference.partition("/")[0]


def _lines(part: ReturnPart, sold: Sequence[SoldLine]) -> Iterator[NoteLine]:
    for units in part.units:
        for line_id, quantity in _spread(units, sold):
            yield NoteLine(units.code, units.title, units.is_service, quantity, units.unit_minor, line_id)


def _spread(units: ReturnedUnits, sold: Sequence[SoldLine]) -> Iterator[tuple[str | None, int]]:
    """Units first_unit … first_unit + quantity of the lot, counted through its lines."""
    if units.lot is None:
        yield None, units.quantity
        return
    skipped, wanted = units.first_unit, units.quantity
    for line in sold:
        if line.lot != units.lot:
            continue
        taken = min(max(line.quantity - skipped, 0), wanted)
        skipped = max(skipped - line.quantity, 0)
        wanted -= taken
        if taken:
            yield line.id, taken
    if wanted:
        raise LotDiffers(f"order {units.lot.invoice} lacks {wanted} of {units.code} at {units.lot.unit_minor}")
