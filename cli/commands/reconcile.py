"""`retailflow reconcile`: prove that the graph says the same as a sales file."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from cli.api_client import ApiError
from cli.commands.import_sales import DAY_FORMATS
from cli.console import open_console
from cli.errors import CommandError
from cli.sales.connection import connect, tenant_id_of
from cli.sales.graph_shop import GraphShop
from cli.sales.invoices import Invoice, SalesBook, before, sort_out
from cli.sales.ledger import Comparison, compare, ledger_of
from cli.sales.reading_back import Window, read_back
from cli.sales.report import print_reconciliation
from cli.sales.source import read_sales_file
from cli.state import StateFolder


def reconcile(
    file: Annotated[Path, typer.Argument(help="The sales file that was imported.")],
    *,
    tenant: Annotated[str, typer.Option(help="lumen, sakura, or a tenant's UUID.")] = "lumen",
    until: Annotated[
        datetime | None, typer.Option(formats=DAY_FORMATS, help="Compare only what happened before this day.")
    ] = None,
) -> None:
    """Read everything back through the public API and compare it with the file. Exit code 0 only if nothing differs."""
    tenant_id = tenant_id_of(tenant)
    console = open_console()
    book = sort_out(read_sales_file(file))
    day = until.date() if until is not None else None
    try:
        comparisons = asyncio.run(_compare(book, day, tenant_id, console))
    except ApiError as error:
        raise CommandError(f"the graph cannot be read ({error})") from error
    print_reconciliation(console, comparisons, book.refused_before(day))
    raise typer.Exit(1 if any(row.differences for row in comparisons) else 0)


async def _compare(book: SalesBook, until: date | None, tenant_id: UUID, console: Console) -> tuple[Comparison, ...]:
    invoices = before(book.invoices, until)
    file = ledger_of(invoices)
    end = datetime.combine(until, time(), UTC) if until is not None else _after(invoices)
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        reading = progress.add_task("documents read back", total=None)
        async with connect(StateFolder.open(), tenant_id) as api:
            window = Window.of(invoices, end)
            graph = await read_back(GraphShop(api), window, lambda count: progress.advance(reading, count))
    return compare(file, graph)


def _after(invoices: tuple[Invoice, ...]) -> datetime:
    """A moment later than every invoice."""
    latest = max((invoice.invoiced_at for invoice in invoices), default=datetime(1970, 1, 1, tzinfo=UTC))
    return latest + timedelta(seconds=1)
