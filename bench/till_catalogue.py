"""A till's first load of 20,000 variants against its limit of 3 s, and its deltas against theirs of 200 ms.

usage: python -m bench.till_catalogue [--variants N] [--rounds R]
Names, options and prices are those of real shops' files where RETAILFLOW_SHARED_DATA has them. The POS BFF, the router
and the subgraphs run in one process with a real PostgreSQL and Redis and the tills besides, which leave it packed. Each
round is loaded by a BFF that has nothing kept. `ratio` is the worst round / limit: below 1 it holds.
"""

import argparse
import asyncio
import csv
import gzip
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
import uvloop

from cli.embedded.postgres import start_postgres
from cli.embedded.redis import start_redis
from cli.optional_tools import shared_data_folder
from cli.ports import CONTEXTS
from kernel.telemetry import configure_logging
from tests.factories.bff import Browser
from tests.factories.catalogue import UPSERT
from tests.factories.databases import provision_database
from tests.factories.till_graph import TillGraph, till_graph

LOAD_LIMIT_MS: Final = 3000.0
DELTA_LIMIT_MS: Final = 200.0
TILLS: Final = 50
_FILES: Final = ("shopify-apparel.csv", "shopify-home-and-garden.csv")
_BATCH: Final = 100


def shop_products() -> list[tuple[str, list[tuple[str, str]]]]:
    """Title and (option value, price) of each variant, of real products; made ones where there are no files."""
    found: dict[str, list[tuple[str, str]]] = {}
    titles: dict[str, str] = {}
    for path in (shared_data_folder() / name for name in _FILES):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                titles[row["Handle"]] = row["Title"] or titles.get(row["Handle"], "")
                if row["Variant Price"]:
                    value = row["Option1 Value"] or "Default"
                    found.setdefault(row["Handle"], []).append((value, f"{float(row['Variant Price']):.2f}"))
    real = [(titles[handle] or handle, variants) for handle, variants in found.items()]
    return real or [(f"Lamp {number}", [(size, "12.50") for size in "SML"]) for number in range(500)]


def items(variants: int) -> Iterator[dict[str, Any]]:
    """As many products as have so many variants together."""
    left = variants
    for number, (title, options) in enumerate(cycle(shop_products())):
        if left <= 0:
            return
        given = [
            {
                "sku": f"S-{number}-{place}",
                "barcode": f"{number * 100 + place:013d}",
                "options": [{"name": "Option", "value": value}],
                "price": {"amount": price, "currencyCode": "GBP"},
            }
            for place, (value, price) in enumerate(options[:left])
        ]
        left -= len(given)
        yield {"slug": f"p-{number}", "name": title, "variants": given}


async def fill(shop: TillGraph, variants: int) -> int:
    """Write the products; how many."""
    given = items(variants)
    count = 0
    while batch := list(islice(given, _BATCH)):
        made = await shop.catalog.data(UPSERT, {"items": batch})
        assert all(not result["userErrors"] for result in made["productBulkUpsert"]["results"]), made
        count += len(batch)
    return count


async def timed(ask: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Milliseconds, and what was answered."""
    begun = time.perf_counter()
    answer = await ask()
    return (time.perf_counter() - begun) * 1000, answer


def row(name: str, milliseconds: list[float], limit: float) -> str:
    median = statistics.median(milliseconds)
    worst = max(milliseconds)
    return f"{name:<44} {median:>9.1f} {worst:>9.1f} {limit:>8.0f} {worst / limit:>6.2f}"


async def change(shop: TillGraph, count: int, round_number: int) -> None:
    """New names for this many products."""
    given = [
        {"slug": f"p-{number}", "name": f"Renamed {round_number} {number}", "variants": []} for number in range(count)
    ]
    for begin in range(0, count, _BATCH):
        await shop.catalog.data(UPSERT, {"items": given[begin : begin + _BATCH]})


async def measure(shop: TillGraph, till: Browser, rounds: int) -> None:
    parts = shop.world.apps[0].state.parts
    await shop.catalogue(till)
    firsts: list[float] = []
    fifties: list[float] = []
    for _ in range(rounds):
        parts.catalogues._kept.clear()  # noqa: SLF001
        took, answer = await timed(lambda: shop.catalogue(till))
        firsts.append(took)
        parts.catalogues._kept.clear()  # noqa: SLF001
        took, _ = await timed(lambda: asyncio.gather(*(shop.catalogue(till) for _ in range(TILLS))))
        fifties.append(took)
    kept = [(await timed(lambda: shop.catalogue(till)))[0] for _ in range(rounds)]
    body = gzip.decompress(answer.body)
    loaded = orjson.loads(body)
    variants = sum(len(product["variants"]) for product in loaded["products"])
    print(f"{variants} variants: {len(body)} bytes, packed {len(answer.body)}")
    print(f"{'milliseconds':<44} {'median':>9} {'worst':>9} {'limit':>8} {'ratio':>6}")
    print(row("first load, nothing kept", firsts, LOAD_LIMIT_MS))
    print(row(f"first load of {TILLS} tills at once, nothing kept", fifties, LOAD_LIMIT_MS))
    print(row("first load, packed within the last minute", kept, LOAD_LIMIT_MS))
    for count in (0, 1, 100, 1000):
        took_by_round: list[float] = []
        place = loaded["next"]
        for number in range(rounds):
            place = await at_the_end(shop, till, place)
            await change(shop, count, number)
            took, changed = await timed(lambda: shop.catalogue(till, place))  # noqa: B023 - called at once
            assert len(changed.json()["products"]) == count
            took_by_round.append(took)
        print(row(f"delta of {count} products", took_by_round, DELTA_LIMIT_MS))


async def at_the_end(shop: TillGraph, till: Browser, place: str) -> str:
    """The place after all that has changed."""
    while True:
        answer = (await shop.catalogue(till, place)).json()
        place = answer["next"]
        if not answer["has_more"]:
            return place


async def measured(folder: Path, variants: int, rounds: int) -> None:
    """Start what it needs, fill it, measure."""
    postgres = start_postgres(folder / "postgres", durable=True)
    redis = start_redis(folder / "redis", durable=False)
    try:
        provisioned = await provision_database(postgres.superuser_dsn, CONTEXTS)
        async with till_graph(provisioned, redis.url_of(1), folder / "provider", replicas=1) as shop:
            print(f"{await fill(shop, variants)} products")
            async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as http:
                till = Browser(http)
                till.till = (await shop.till()).till
                await measure(shop, till, rounds)
    finally:
        redis.stop()
        postgres.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--variants", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    configure_logging("bench", level="ERROR")
    with tempfile.TemporaryDirectory(prefix="retailflow-bench-") as name:
        folder = Path(name)
        # PostgreSQL runs as another account when root runs the benchmark
        folder.chmod(0o711)
        uvloop.run(measured(folder, arguments.variants, arguments.rounds))


if __name__ == "__main__":
    main()
