"""Execution without HTTP and database: Strawberry, graphql-core and compiled operations, CPU per request.

usage: python -m bench.execution [--seconds S] [--rounds R]
All ways to a result give the same JSON before any is timed; they take turns, and the median round counts. The garbage
collector is tuned as in our servers, for all of them.
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence

import orjson
import strawberry
from graphql import GraphQLResolveInfo
from strawberry.dataloader import DataLoader

from bench.execution import shapes, shop_page
from bench.execution.alternating import Way, checked, compared
from bench.execution.executors import (
    Operation,
    by_core,
    by_strawberry,
    compiled,
    compiled_core,
    core_schema,
    with_caches,
)

DEFAULT = "Strawberry, DataLoaders, default settings"
CACHED = "Strawberry, DataLoaders, parser and validation caches"
CACHED_READY = "Strawberry, plain attributes, caches"
CORE = "graphql-core, DataLoader"
CORE_READY = "graphql-core, plain attributes"
OURS = "compiled, batched relation"
OURS_READY = "compiled, plain attributes"
OURS_CORE = "compiled, plain attributes, schema of graphql-core"
BY_HAND = "dicts written by hand"
#: (ours, compared with, how many times faster it must be)
TARGETS = [(OURS, CACHED, 10.0), (OURS_READY, CORE_READY, 12.0), (OURS_READY, CACHED_READY, 12.0)]


async def load_variants(ids: Sequence[str]) -> list[list[shop_page.VariantRow]]:
    return [shop_page.VARIANTS[key] for key in ids]


def shop_page_ways() -> Mapping[str, Way]:
    """Every way to the shop page."""

    def products(_source: object, _info: object, first: int) -> dict[str, object]:
        return {"nodes": shop_page.ROWS[:first]}

    async def variants(
        source: shop_page.ProductRow, info: GraphQLResolveInfo[dict[str, DataLoader[str, object]]]
    ) -> object:
        return await info.context["variants"].load(source.id)

    def context() -> dict[str, DataLoader[str, object]]:
        return {"variants": DataLoader(load_fn=load_variants)}

    loaded, ready = Operation(shop_page.QUERY, context=context), Operation(shop_page.QUERY)
    default = strawberry.Schema(shop_page.LoadedQuery)
    cached = with_caches(shop_page.LoadedQuery)
    cached_ready = with_caches(shop_page.ReadyQuery)
    core = core_schema(cached.as_str(), {"Query": {"products": products}, "Product": {"variants": variants}})
    core_ready = core_schema(cached_ready.as_str(), {"Query": {"products": products}})

    async def by_hand() -> object:
        return shop_page.by_hand()

    return {
        DEFAULT: by_strawberry(default, loaded),
        CACHED: by_strawberry(cached, loaded),
        CACHED_READY: by_strawberry(cached_ready, ready),
        CORE: by_core(core, loaded),
        CORE_READY: by_core(core_ready, ready),
        OURS: compiled(with_caches(shop_page.ViewQuery), loaded),
        OURS_READY: compiled(cached_ready, ready),
        OURS_CORE: compiled_core(core_ready, ready),
        BY_HAND: by_hand,
    }


async def measure_shop_page(*, rounds: int, seconds: float) -> bool:
    """Print the table of the shop page; False if a target is missed."""
    ways = shop_page_ways()
    answer = await checked(ways)
    fields = orjson.dumps(orjson.loads(answer)).count(b'":')
    times = await compared(ways, rounds=rounds, seconds=seconds)
    print(f"shop page: 20 products with variants and prices, {fields} fields, {len(answer):,} bytes of JSON")
    print(f"{'':<56}{'µs':>9}{'of the hand-written':>22}{'faster than Strawberry':>24}")
    for name, time in times.items():
        print(f"{name:<56}{time:>9,.0f}{time / times[BY_HAND]:>21.1f}x{times[CACHED] / time:>23.1f}x")
    is_good = True
    for ours, other, wanted in TARGETS:
        ratio = times[other] / times[ours]
        is_good = is_good and ratio >= wanted
        verdict = "reached" if ratio >= wanted else "MISSED"
        print(f"{ours}: {ratio:.1f}x faster than {other} (target {wanted:.0f}x, {verdict})")
    return is_good


async def measure_shapes(*, rounds: int, seconds: float) -> bool:
    """Print the table of the other shapes; False if graphql-core was faster anywhere."""
    columns = (shapes.CORE, shapes.STRAWBERRY, shapes.OURS, shapes.OURS_CORE)
    print(f"\n{'µs':<48}" + "".join(f"{name:>25}" for name in columns))
    slower: list[str] = []
    for name, ways in shapes.shapes():
        await checked(ways)
        times = await compared(ways, rounds=rounds, seconds=seconds)
        core = times[shapes.CORE]
        cells = [f"{times[way]:>15,.0f} ({core / times[way]:>5.1f}x)" if way in times else " " * 24 for way in columns]
        print(f"{name:<48}" + "".join(cells))
        if any(times.get(way, 0.0) > core for way in (shapes.OURS, shapes.OURS_CORE)):
            slower.append(name)
    print(f"slower than graphql-core: {', '.join(slower) or 'nowhere'}")
    return not slower


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="how long each way runs in each round")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    timing = {"rounds": arguments.rounds, "seconds": arguments.seconds}
    is_shop_good = await measure_shop_page(**timing)
    are_shapes_good = await measure_shapes(**timing)
    if not (is_shop_good and are_shapes_good):
        raise SystemExit(1)


if __name__ == "__main__":
    asyncio.run(main())
