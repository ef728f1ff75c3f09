"""The router's own work on the shop page: gathering and merging what subgraphs answer, projecting it for the client.

usage: python -m bench.execution.projection [--seconds S] [--rounds R]
Interpreted is the tests' oracle: how it was done before functions were generated for each plan, though without the
short cut for plain leaves that made the original a third faster. Subgraphs answer from memory, without a network.
"""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

import orjson
from graphql import parse

from bench.execution.alternating import checked, compared
from kernel.process import tune_garbage_collection
from kernel.subgraph import JsonObject
from router.execution.executor import Caller, Executor
from router.execution.program import compile_plan
from router.execution.projection import Projection
from router.execution.shapes import Shapes
from router.execution.transport import SubgraphAnswer, SubgraphCall
from router.planning.api_schema import build_api_schema
from router.planning.planner import Planner, read_operation
from router.planning.supergraph_reader import parse_supergraph, read_supergraph
from tests.factories.interpreted_execution import InterpretedProjection, interpreted_program

SUPERGRAPH = Path(__file__).parents[2] / "schema/supergraph.graphql"
QUERY = """query ShopPage { tenant { name } products(first: 20) { nodes { id name slug
  variants { id sku price { amount currencyCode } availability { available isInStock } } } } }"""
PROJECTED = "projection, generated"
INTERPRETED = "projection, interpreted"
BY_HAND = "projection, written by hand"
ALL = "fetches and projection, generated"
ALL_INTERPRETED = "fetches and projection, interpreted"


def _variant(product: int, number: int) -> JsonObject:
    price: JsonObject = {"amount": f"{12 + product}.50", "currencyCode": "GBP"}
    return {
        "id": f"UHJvZHVjdFZhcmlhbnQ6MDE5Y2ZmZ{product:02}{number}",
        "sku": f"LAMP-{product}-{number}",
        "price": price,
    }


def _product(number: int) -> JsonObject:
    variants = [_variant(number, place) for place in range(3)]
    return {
        "id": f"UHJvZHVjdDowMTljZmZlYg{number:02}",
        "name": f"Oak lamp {number}",
        "slug": f"lamp-{number}",
        "variants": [*variants],
    }


class Subgraphs:
    """Answers what the shop page asks of three subgraphs, decoded anew each time as from a network."""

    def __init__(self) -> None:
        products: JsonObject = {"products": {"nodes": [_product(number) for number in range(20)]}}
        self._answers: Mapping[str, bytes] = {
            "identity": orjson.dumps({"data": {"tenant": {"name": "Lumen"}}}),
            "catalog": orjson.dumps({"data": products}),
            "inventory": orjson.dumps(
                {"data": {"_entities": [{"availability": {"available": 7, "isInStock": True}}] * 60}}
            ),
        }

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        return SubgraphAnswer(orjson.loads(self._answers[call.subgraph]))

    async def check(self, subgraph: str) -> None:
        pass

    async def close(self) -> None:
        pass


def project_by_hand(values: dict) -> JsonObject:
    """What somebody would write who trusts the subgraphs."""
    return {
        "tenant": {"name": values["tenant"]["name"]},
        "products": {
            "nodes": [
                {
                    "id": product["id"],
                    "name": product["name"],
                    "slug": product["slug"],
                    "variants": [
                        {
                            "id": variant["id"],
                            "sku": variant["sku"],
                            "price": {
                                "amount": variant["price"]["amount"],
                                "currencyCode": variant["price"]["currencyCode"],
                            },
                            "availability": {
                                "available": variant["availability"]["available"],
                                "isInStock": variant["availability"]["isInStock"],
                            },
                        }
                        for variant in product["variants"]
                    ],
                }
                for product in values["products"]["nodes"]
            ]
        },
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="how long each way runs in each round")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    tune_garbage_collection()
    supergraph_document = parse_supergraph(SUPERGRAPH.read_text())
    supergraph = read_supergraph(supergraph_document)
    document = parse(QUERY)
    plan = Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {}))
    shapes = Shapes(build_api_schema(supergraph_document), supergraph, plan, {})
    generated, interpreted = Projection(shapes), InterpretedProjection(shapes)
    programs = compile_plan(plan.node), interpreted_program(plan.node)
    executor = Executor(Subgraphs())
    caller = Caller({}, {}, asyncio.get_running_loop().time() + 10_000)
    values = (await executor.run(programs[0], caller)).values

    async def projected() -> object:
        return generated.complete(values, [])

    async def projected_by_interpretation() -> object:
        return interpreted.complete(values, [])

    async def projected_by_hand() -> object:
        return project_by_hand(values)

    async def all_generated() -> object:
        response = await executor.run(programs[0], caller)
        return generated.complete(response.values, response.errors)

    async def all_interpreted() -> object:
        response = await executor.run(programs[1], caller)
        return interpreted.complete(response.values, response.errors)

    ways = {
        INTERPRETED: projected_by_interpretation,
        PROJECTED: projected,
        BY_HAND: projected_by_hand,
        ALL_INTERPRETED: all_interpreted,
        ALL: all_generated,
    }
    answer = await checked(ways)
    times = await compared(ways, rounds=arguments.rounds, seconds=arguments.seconds)
    print(f"shop page through the router: {len(answer):,} bytes of JSON from three subgraphs, µs of CPU")
    for name, time in times.items():
        print(f"{name:<40}{time:>9,.1f}")
    print(f"projection: {times[INTERPRETED] / times[PROJECTED]:.1f}x faster than interpreted")
    print(f"projection: {times[PROJECTED] / times[BY_HAND]:.1f}x of the hand-written")
    print(f"fetches and projection: {times[ALL_INTERPRETED] / times[ALL]:.1f}x faster than interpreted")


if __name__ == "__main__":
    asyncio.run(main())
