"""Random federated graphs answer random operations as another vendor's gateway does, with no more requests.

Where the two differ, one schema over the same world must side with ours, and the other's reason be known.

`RETAILFLOW_SECOND_OPINION_GRAPHS` graphs with 10 operations each, from the graph numbered
`RETAILFLOW_SECOND_OPINION_SEED` on.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from tests.contract.vendor_gateway.known_answers import known_reason
from tests.contract.vendor_gateway.node_peer import NodePeer, install_node_peer
from tests.contract.vendor_gateway.served_worlds import served_worlds
from tests.factories.federated.case import Federated, federated
from tests.factories.federated.directives import ACTIVE_LABELS, LABELS
from tests.factories.federated.operations import VARIABLES

pytestmark = pytest.mark.node

_GRAPHS = int(os.environ.get("RETAILFLOW_SECOND_OPINION_GRAPHS", "20"))
_FIRST = int(os.environ.get("RETAILFLOW_SECOND_OPINION_SEED", "0"))
_OPERATIONS = 10
_CHUNK = 10


@dataclass(frozen=True, slots=True)
class _Answer:
    data: Any
    errors: list[str]
    requests: int
    planned: int


@dataclass(frozen=True, slots=True)
class _Answers:
    refusal: str | None
    answers: list[_Answer]


@pytest.mark.parametrize(
    "numbers",
    [range(first, min(first + _CHUNK, _FIRST + _GRAPHS)) for first in range(_FIRST, _FIRST + _GRAPHS, _CHUNK)],
    ids=str,
)
async def test_random_graphs_answer_as_in_another_gateway_with_no_more_requests(numbers: Sequence[int]):
    peer = await install_node_peer()
    worlds = {number: federated(number) for number in numbers}
    operations = {
        number: list(world.operations(Random(f"{number} sound"), _OPERATIONS)) for number, world in worlds.items()
    }

    theirs = await _ask(peer, worlds, operations)
    found = [
        f"graph {number}, operation {index}: {difference}\n{query}"
        for number, world in worlds.items()
        for index, (query, answer) in enumerate(zip(operations[number], theirs[number].answers, strict=True))
        if (difference := _difference(world, query, await _ours(world, query), answer))
    ]

    assert [answers.refusal for answers in theirs.values() if answers.refusal] == []
    assert "\n\n".join(found) == ""


async def _ask(peer: NodePeer, worlds: dict[int, Federated], operations: dict[int, list[str]]) -> dict[int, _Answers]:
    async with served_worlds(worlds) as url:
        question = {
            "url": url,
            "labels": {label: label in ACTIVE_LABELS for label in LABELS},
            "variables": VARIABLES,
            "worlds": [
                {"number": number, "supergraph": world.supergraph_sdl, "operations": operations[number]}
                for number, world in worlds.items()
            ],
        }
        return dict(zip(worlds, await peer.run("answer_worlds.cjs", question, list[_Answers]), strict=True))


async def _ours(world: Federated, query: str) -> _Answer:
    body: Any = await world.ask(query)
    errors = [error["message"] for error in body.get("errors", [])]
    requests = sum(len(it.requests) for it in world.subgraphs.values())
    return _Answer(body.get("data"), errors, requests, len(world.fetches(query)))


def _difference(world: Federated, query: str, ours: _Answer, theirs: _Answer) -> str | None:
    if ours.data != theirs.data or bool(ours.errors) != bool(theirs.errors):
        reason = known_reason(query, world.supergraph_sdl, theirs.errors)
        expected: Any = world.expected(query)
        if reason and ours.data == expected["data"] and bool(ours.errors) == ("errors" in expected):
            return None
        return f"the answers differ: ours {ours.data} {ours.errors}, theirs {theirs.data} {theirs.errors}"
    # of a longer plan nothing is left to ask where there are no objects to look up
    if ours.requests > theirs.requests and ours.planned >= theirs.planned:
        return f"ours asks {ours.requests} of {ours.planned} times, theirs {theirs.requests} of {theirs.planned}"
    return None
