"""How fast real sales go in through the graph: orders/s of one import, end to end, saga included.

usage: python bench/sales_rate.py FILE.csv[.xz] [--until 2011-01-01] [--concurrency 16] [--tenant lumen]
(against a running `./retailflow up`; what an earlier import has finished is not counted)
"""

import argparse
import asyncio
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cli.sales.connection import connect, tenant_id_of
from cli.sales.graph_shop import GraphShop
from cli.sales.importing import Progress, SalesImport
from cli.sales.invoices import sort_out
from cli.sales.journal import Journal
from cli.sales.plan import OrderJob, ReturnJob, plan_import
from cli.sales.source import read_sales_file
from cli.state import StateFolder


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2011, 1, 1))
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--tenant", default="lumen")
    arguments = parser.parse_args()
    began = time.perf_counter()
    plan = plan_import(sort_out(read_sales_file(arguments.file)), arguments.until)
    print(f"file read and planned: {time.perf_counter() - began:.1f} s")
    steps: list[tuple[str, float]] = []
    progress = Progress(step=lambda name, _total: steps.append((name, time.perf_counter())))
    state, tenant_id = StateFolder.open(), tenant_id_of(arguments.tenant)
    with Journal.open(state.path / "imports", plan.digest, tenant_id) as journal:
        done = journal.finished.keys()
        jobs = [job for job in plan.jobs if job.key not in done]
        async with connect(state, tenant_id) as api:
            task = SalesImport(GraphShop(api), journal, concurrency=arguments.concurrency, progress=progress)
            outcome = await task.run(plan)
    ends = [*(moment for _, moment in steps[1:]), time.perf_counter()]
    for (name, moment), end in zip(steps, ends, strict=True):
        print(f"{name}: {end - moment:.1f} s")
    lines = sum(len(job.lines) for job in jobs)
    returns = sum(isinstance(job, ReturnJob) for job in jobs)
    orders = sum(isinstance(job, OrderJob) for job in jobs)
    print(f"{orders} orders, {returns} credit notes, {len(jobs) - orders - returns} adjustments, {lines} lines")
    if outcome.orders_placed:
        seconds = outcome.replay_seconds
        print(f"{outcome.orders_placed / seconds:.1f} orders/s, {lines / seconds:.0f} lines/s in {seconds:.1f} s")
    print(f"outcomes: {dict(outcome.counts)}")


asyncio.run(main())
