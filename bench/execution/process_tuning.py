"""What tuning the process of a server gives: the product's catalog subgraph over HTTP, one setting changed at a time.

usage: python -m bench.execution.process_tuning [--seconds S] [--rounds R] [VARIANT ...]
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import orjson

from bench.execution.closed_loop import post
from bench.execution.over_http import HEADER, ROOT, Candidate, catalog_variables, measure, serving
from bench.execution.shop_database import QUERY, opened_issuer, opened_shop
from cli.processes.inspection import free_port

VARIANTS: Mapping[str, Sequence[str]] = {
    "as the product runs": (),
    "untuned collector": ("--collector", "default"),
    "collector: higher thresholds": ("--collector", "thresholds"),
    "collector: frozen": ("--collector", "frozen"),
    "collector: off": ("--collector", "off"),
    "asyncio's loop": ("--loop", "asyncio"),
    "h11 parser": ("--parser", "h11"),
    "no access log": ("--quiet",),
    "two processes": ("--processes", "2"),
    "nothing tuned": ("--collector", "default", "--loop", "asyncio", "--parser", "h11"),
}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("variants", nargs="*", choices=[*VARIANTS, []], metavar="VARIANT")
    arguments = parser.parse_args()
    async with AsyncExitStack() as stack:
        shop, issuer = await stack.enter_async_context(opened_shop()), stack.enter_context(opened_issuer())
        variables = catalog_variables(shop, issuer)
        candidates: list[Candidate] = []
        for name in arguments.variants or VARIANTS:
            port = free_port()
            command = ("-m", "bench.execution.tuned_server", str(port), *VARIANTS[name])
            started = serving(name, command, port, folder=ROOT, variables=variables)
            candidates.append(await stack.enter_async_context(started))
        headers = {"authorization": f"Bearer {issuer.access_token(shop.tenant)}"}
        request = post("/graphql", orjson.dumps({"query": QUERY}), headers)
        await measure(candidates, shop, request, rounds=arguments.rounds, seconds=arguments.seconds)
    print(HEADER)
    for candidate in candidates:
        print(candidate.row())


if __name__ == "__main__":
    asyncio.run(main())
