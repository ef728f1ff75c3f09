"""`retailflow import products`: bring a Shopify product file in through the public graph."""

import asyncio
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from cli.api_client import ApiError
from cli.console import open_console
from cli.errors import CommandError
from cli.imports.product_rows import ProductFile, RowOutcome, UnreadableFile, read_product_file
from cli.imports.products import ImportReport, import_products
from cli.sales.connection import connect, tenant_id_of
from cli.state import StateFolder

_UNREADABLE: Final = 2


def import_products_file(
    file: Annotated[Path, typer.Argument(help="A product file in Shopify's CSV format.")],
    *,
    tenant: Annotated[str, typer.Option(help="lumen, sakura, or a tenant's UUID.")] = "lumen",
) -> None:
    """Bring a product file in through the public API. Safe to repeat: the same file again changes nothing.

    Exit code: 0 when every row has its outcome, refused rows included, which are listed; 1 when the API failed (run
    it again); 2 when the file cannot be read.
    """
    tenant_id = tenant_id_of(tenant)
    console = open_console()
    try:
        products = read_product_file(file)
    except UnreadableFile as error:
        console.print(f"retailflow: {error}", style="red", markup=False)
        raise typer.Exit(_UNREADABLE) from error
    print_report(console, products, asyncio.run(_import(products, tenant_id, console)))


async def _import(file: ProductFile, tenant_id: UUID, console: Console) -> ImportReport:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        task = bars.add_task("products", total=len(file.products) or None)
        async with connect(StateFolder.open(), tenant_id) as api:
            try:
                return await import_products(api, file, advance=lambda count: bars.advance(task, count))
            except ApiError as error:
                raise CommandError(f"the import stopped ({error}); the same command goes on from here") from error


def print_report(console: Console, file: ProductFile, report: ImportReport) -> None:
    """Rows and products by outcome, then every refused row with its line and reason."""
    table = Table("outcome", "rows", "products", title="Product import")
    for outcome in RowOutcome:
        table.add_row(outcome, str(report.rows[outcome]), str(report.products[outcome]))
    table.add_section()
    table.add_row("all", str(file.row_count), str(sum(report.products.values())))
    console.print(table)
    console.print(f"{report.stocked_variants} variants got their opening stock.")
    if report.refused:
        refused = Table("line", "handle", "reason", title="Refused rows")
        for row in report.refused:
            refused.add_row(str(row.line), row.handle, row.reason)
        console.print(refused)
