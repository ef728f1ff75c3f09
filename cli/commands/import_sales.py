"""`retailflow import sales`: replay a sales file through the public graph."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from cli.api_client import ApiError
from cli.console import open_console
from cli.errors import CommandError
from cli.sales.connection import connect, tenant_id_of
from cli.sales.graph_shop import GraphShop
from cli.sales.importing import ImportOutcome, Progress, SalesImport
from cli.sales.invoices import sort_out
from cli.sales.journal import Journal
from cli.sales.plan import ImportPlan, plan_import
from cli.sales.report import print_import
from cli.sales.shop import ShopRefused
from cli.sales.source import read_sales_file
from cli.state import StateFolder

DAY_FORMATS: Final = ["%Y-%m-%d"]


def import_sales(
    file: Annotated[Path, typer.Argument(help="A sales file, .csv or .csv.xz.")],
    *,
    tenant: Annotated[str, typer.Option(help="lumen, sakura, or a tenant's UUID.")] = "lumen",
    until: Annotated[
        datetime | None, typer.Option(formats=DAY_FORMATS, help="Import only what happened before this day.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Invoices in work at the same time.")] = 16,
) -> None:
    """Replay a sales file through the public API. Safe to repeat; goes on where it was stopped.

    Exit code: 0 when every line has its outcome, 1 when the graph did not take some (run it again).
    """
    tenant_id = tenant_id_of(tenant)
    console = open_console()
    plan = plan_import(sort_out(read_sales_file(file)), until.date() if until is not None else None)
    outcome = asyncio.run(_import(plan, tenant_id, concurrency, console))
    print_import(console, outcome, plan.refused)
    raise typer.Exit(0 if outcome.is_complete else 1)


async def _import(plan: ImportPlan, tenant_id: UUID, concurrency: int, console: Console) -> ImportOutcome:
    state = StateFolder.open()
    with Journal.open(state.path / "imports", plan.digest, tenant_id) as journal, _bars(console) as progress:
        async with connect(state, tenant_id) as api:
            task = SalesImport(GraphShop(api), journal, concurrency=concurrency, progress=progress)
            try:
                return await task.run(plan)
            except (ApiError, ShopRefused) as error:
                raise CommandError(f"the import stopped ({error}); the same command goes on from here") from error


@contextmanager
def _bars(console: Console) -> Generator[Progress]:
    """One bar per step of the import."""
    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console) as bars:
        current: list[TaskID] = []

        def step(name: str, total: int) -> None:
            for task in current:
                bars.stop_task(task)
            current[:] = [bars.add_task(name, total=total or None)]

        def advance(count: int) -> None:
            bars.advance(current[0], count)

        yield Progress(step, advance)
