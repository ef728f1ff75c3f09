"""Generated functions gather and merge what subgraphs answer, good and bad, as interpreting the plan does."""

import asyncio
import os
import random
from functools import lru_cache
from typing import Any

import orjson
from graphql import parse, validate
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from router.execution.executor import Caller, Executor
from router.execution.program import Program, Steps, compile_plan
from router.execution.response import Response
from router.execution.shapes import Shapes
from router.execution.transport import SubgraphAnswer, SubgraphCall, SubgraphUnavailable, Transport
from router.planning.nodes import fetches_of
from router.planning.planner import Planner, QueryPlan, read_operation
from tests.factories.federation import FederatedGraph, World
from tests.factories.interpreted_execution import InterpretedProjection, interpreted_program
from tests.factories.library import SDLS, library
from tests.factories.operations import operations

_VARIABLES = {"yes": True, "no": False}
_JUNK = [None, None, None, 7, 1.5, True, "", "x", "Book", [], [None], [[]], {}, {"id": "9"}, {"__typename": "Film"}]
_FUZZED = settings(
    max_examples=int(os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "80")),
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class _Corrupting:
    """Spoils about one value in `rarity` of every answer, always the same ones for the same request."""

    def __init__(self, transport: Transport, seed: int, rarity: int) -> None:
        self._transport = transport
        self._seed = seed
        self._rarity = rarity

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        answer = await self._transport.fetch(call)
        asked = orjson.dumps([self._seed, call.subgraph, call.request.query, call.request.variables])
        chance = random.Random(asked)
        if chance.randrange(self._rarity * 4) == 0:
            raise SubgraphUnavailable(call.subgraph, "spoilt")
        spoilt = self._spoil(orjson.loads(orjson.dumps(answer.body)), chance)
        return SubgraphAnswer(spoilt if isinstance(spoilt, dict) else {})

    async def check(self, subgraph: str) -> None:
        await self._transport.check(subgraph)

    async def close(self) -> None:
        await self._transport.close()

    def _spoil(self, value: Any, chance: random.Random) -> Any:
        if chance.randrange(self._rarity) == 0:
            return chance.choice(_JUNK)
        if isinstance(value, list):
            items = [self._spoil(item, chance) for item in value]
            return items[1:] if chance.randrange(self._rarity) == 0 else items
        if isinstance(value, dict):
            kept = {key: self._spoil(item, chance) for key, item in value.items() if chance.randrange(self._rarity)}
            if chance.randrange(self._rarity) == 0:
                kept[chance.choice(["unasked", "id", "label", "size", "title"])] = chance.choice(_JUNK)
            return kept
        return value


@lru_cache(maxsize=1)
def _graph() -> FederatedGraph:
    return FederatedGraph(library(), SDLS)


def _plan(query: str, graph: FederatedGraph) -> QueryPlan:
    document = parse(query)
    operation = read_operation(document, document.definitions[0], graph.router.supergraph, _VARIABLES)
    return Planner(graph.router.supergraph).plan(operation)


def _run(program: Program | None, transport: Transport) -> Response:
    async def run() -> Response:
        deadline = asyncio.get_running_loop().time() + 60
        return await Executor(transport).run(program, Caller(_VARIABLES, {}, deadline))

    return asyncio.run(run())


@_FUZZED
@given(st.data())
def test_random_answers_are_merged_as_by_interpretation(data):
    graph = _graph()
    query = data.draw(operations(graph.router.schema))
    assume(not validate(graph.router.schema, parse(query)))
    seed, rarity = data.draw(st.integers(0, 10**9)), data.draw(st.sampled_from([8, 30, 100, 10**6]))
    note(f"{query} seed {seed} rarity {rarity}")
    plan = _plan(query, graph)
    assume(plan.node is not None)
    transport = _Corrupting(graph.router.transport, seed, rarity)
    shapes = Shapes(graph.router.schema, graph.router.supergraph, plan, {})

    ours = _run(compile_plan(plan.node), transport)

    theirs = _run(interpreted_program(plan.node), transport)
    assert _completed(shapes, ours) == _completed(shapes, theirs)


def _completed(shapes: Shapes, response: Response) -> tuple[str, list[bytes]]:
    data = InterpretedProjection(shapes).complete(response.values, response.errors)
    return repr(data), sorted(map(orjson.dumps, response.errors))


def test_what_one_fetch_alone_answers_is_not_copied():
    graph = _graph()

    program = compile_plan(_plan("{ people { id name boss { id label } } }", graph).node)

    assert "copy" in "".join(_sources(program)), "the boss's label comes from another subgraph"
    program = compile_plan(_plan("{ book { id size { w h } maker { id code } } }", graph).node)
    assert "copy" not in "".join(_sources(program))


def test_parts_of_an_object_under_several_aliases_are_joined():
    graph = _graph()
    query = "{ best { seller { id } ... on Film { seller { __typename ... on Company { code } } } } }"
    [_, fetch] = fetches_of(_plan(query, graph).node)
    assert {field.key for field in fetch.flattens[0].expected.fields.values()} == {"__typename", "seller"}
    assert len(fetch.flattens[0].expected.fields) == 3

    answer = asyncio.run(graph.ask(query))

    assert answer == {"data": {"best": {"seller": {"id": "1", "__typename": "Company", "code": "y"}}}}


def _sources(program: Program) -> list[str]:
    if isinstance(program, Steps):
        return [text for step in program.steps for text in _sources(step)]
    return [program.source]


def test_entities_below_many_lists_are_gathered():
    nodes: dict[str, Any] = {"__typename": "Node", "id": "0", "extra": "deep", "nodes": []}
    for number in range(1, 30):
        nodes = {"__typename": "Node", "id": str(number), "extra": f"e{number}", "nodes": [nodes]}
    sdls = {
        "tree": 'type Query { top: [Node!]! } type Node @key(fields: "id") { id: ID! nodes: [Node!]! }',
        "more": 'type Node @key(fields: "id") { id: ID! extra: String } type Query { unused: Int }',
    }
    every = [nodes]
    while every[-1]["nodes"]:
        every.extend(every[-1]["nodes"])
    world = World(entities={"Node": every}, computed={"Query.top": lambda _: [nodes]})
    graph = FederatedGraph(world, sdls, max_depth=100)
    query = "{ top " + "{ nodes " * 29 + "{ extra }" + " }" * 29 + " }"

    answer = asyncio.run(graph.ask(query))

    assert answer == asyncio.run(graph.expected(query))
    assert b'"deep"' in orjson.dumps(answer)
