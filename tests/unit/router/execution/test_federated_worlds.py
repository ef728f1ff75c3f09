"""Random federated graphs answer random operations as one schema over the same world does.

`RETAILFLOW_FUZZ_GRAPHS` graphs with 25 operations each, from the graph numbered `RETAILFLOW_FUZZ_SEED` on.
"""

import asyncio
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.factories.federated.case import Federated, federated
from tests.factories.federated.comparison import differences, flaws, is_partial
from tests.factories.federated.disturbance import failing_fields, garbled
from tests.factories.federated.usefulness import useless_fetches

_GRAPHS = int(os.environ.get("RETAILFLOW_FUZZ_GRAPHS", os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "100")))
_FIRST = int(os.environ.get("RETAILFLOW_FUZZ_SEED", "0"))
_OPERATIONS = 25
_CHUNK = 10


def _chunks(*, after: float, share: float) -> Any:
    """The graphs of this share that come after that share of them, in parts that fail one by one."""
    start = _FIRST + round(_GRAPHS * after)
    end = start + max(1, round(_GRAPHS * share))
    parts = [range(first, min(first + _CHUNK, end)) for first in range(start, end, _CHUNK)]
    return pytest.mark.parametrize("numbers", parts, ids=str)


def _cases(numbers: range, purpose: str) -> Iterator[tuple[Federated, str, Random, str]]:
    for number in numbers:
        graph = federated(number)
        for index, query in enumerate(graph.operations(Random(f"{number} {purpose}"), _OPERATIONS)):
            yield graph, query, Random(f"{number} {purpose} {index}"), f"graph {number}, operation {index}"


@_chunks(after=0.0, share=0.5)
def test_operations_are_answered_as_by_one_schema(numbers):
    found: list[str] = []
    for graph, query, _, at in _cases(numbers, "sound"):
        answer = asyncio.run(graph.ask(query))

        wrong = [*differences(answer, graph.expected(query)), *graph.complaints]
        found.extend(f"{at}: {what}\n{query}" for what in wrong[:1])
    assert found == [], "\n\n".join(found)


@_chunks(after=0.5, share=0.25)
def test_failing_fields_are_null_as_in_one_schema(numbers):
    found: list[str] = []
    for graph, query, rng, at in _cases(numbers, "failing"):
        graph.world.failing = failing_fields(rng, graph.graph)

        answer = asyncio.run(graph.ask(query))

        expected = graph.expected(query)
        wrong = [*differences(answer, expected, has_swallowed=graph.has_swallowed), *graph.complaints]
        found.extend(f"{at}: {what} when {set(graph.world.failing)} fail\n{query}" for what in wrong[:1])
    assert found == [], "\n\n".join(found)


@_chunks(after=0.75, share=0.15)
def test_without_a_subgraph_what_others_answer_is_intact(numbers):
    found: list[str] = []
    for graph, query, rng, at in _cases(numbers, "down"):
        expected = graph.expected(query)
        down = graph.subgraphs[rng.choice(graph.graph.subgraphs)]
        down.is_down = True

        answer = asyncio.run(graph.ask(query))

        down.is_down = False
        # what a field makes of a requirement that nobody could answer is its own business
        if not graph.has_required and not is_partial(answer["data"], expected["data"]):
            found.append(f"{at}: {down.name} is down, and others' data differ\n{query}")
        if answer["data"] != expected["data"] and "errors" not in answer:
            found.append(f"{at}: {down.name} is down, and nobody is told\n{query}")
    assert found == [], "\n\n".join(found)


@_chunks(after=0.9, share=0.1)
def test_nonsense_from_subgraphs_is_contained(numbers):
    found: list[str] = []
    for graph, query, rng, at in _cases(numbers, "nonsense"):
        for subgraph in graph.subgraphs.values():
            subgraph.garble = lambda answer, rng=rng: garbled(rng, answer)

        answer = asyncio.run(graph.ask(query))

        found.extend(f"{at}: {what}\n{query}" for what in flaws(answer))
    assert found == [], "\n\n".join(found)


@_chunks(after=1.0, share=0.1)
def test_every_look_up_brings_something(numbers):
    found: list[str] = []
    for graph, query, _, at in _cases(numbers, "useful"):
        found.extend(f"{at}: {fetch} is for nothing\n{query}" for fetch in useless_fetches(graph.fetches(query)))
    assert found == [], "\n\n".join(found)
