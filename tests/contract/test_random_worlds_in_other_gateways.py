"""Random federated graphs answer random operations as other vendors' gateways do, with no more requests than Apollo's.

Graphs of odd number are left out, since Apollo's gateway refuses contexts. Where it differs, one schema over the same
world must side with ours, and its reason be known. Hive's gateway is asked half of the operations and errs too often
for that (a third of its answers): it counts where it gives an answer, and would outvote one schema and ours together
with Apollo's.

`RETAILFLOW_SECOND_OPINION_GRAPHS` graphs with 10 operations each, from the graph numbered
`RETAILFLOW_SECOND_OPINION_SEED` on.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from tests.contract.vendor_gateway.hive_worlds import HIVE_FAILURES, NO_ANSWER, HiveAnswer, ask_hive, hive_failure
from tests.contract.vendor_gateway.known_answers import Asked, Difference, known_reason
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
    asked: list[Asked]
    planned: int


@dataclass(frozen=True, slots=True)
class _Answers:
    refusal: str | None
    answers: list[_Answer]


_NUMBERS = range(_FIRST + _FIRST % 2, _FIRST + 2 * _GRAPHS, 2)


@pytest.mark.parametrize(
    "numbers", [_NUMBERS[first : first + _CHUNK] for first in range(0, len(_NUMBERS), _CHUNK)], ids=str
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


async def test_no_two_other_gateways_agree_on_another_answer_of_random_graphs():
    numbers = _NUMBERS[: len(_NUMBERS) // 2]
    worlds = {number: federated(number) for number in numbers}
    operations = {
        number: list(world.operations(Random(f"{number} sound"), _OPERATIONS)) for number, world in worlds.items()
    }
    apollos, hives = await asyncio.gather(
        _ask(await install_node_peer(), worlds, operations), ask_hive({n: federated(n) for n in numbers}, operations)
    )

    verdicts = {
        (number, index): await _verdict(worlds[number], query, apollos[number].answers[index], hive)
        for number in numbers
        for index, (query, hive) in enumerate(zip(operations[number], hives[number], strict=True))
    }
    counted = Counter(verdicts.values())

    assert [place for place, verdict in verdicts.items() if verdict == _OUTVOTED] == []
    assert [place for place, verdict in verdicts.items() if verdict not in _HIVE_VERDICTS] == []
    # an opinion that is hardly ever heard is none
    assert counted[_SAME] * 10 >= len(verdicts) * 6, counted
    assert counted[NO_ANSWER] * 10 <= len(verdicts), counted


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


_SAME, _ALONE, _OUTVOTED = "the same", "an answer of its own", "the same as Apollo's"
_HIVE_VERDICTS = {_SAME, _ALONE, *HIVE_FAILURES, NO_ANSWER}


async def _verdict(world: Federated, query: str, apollo: _Answer, hive: HiveAnswer | None) -> str:
    """What Hive's answer says: `hive` is None where its gateway hangs or dies. Where it differs one schema judges."""
    if hive is None:
        return NO_ANSWER
    ours = await _ours(world, query)
    if hive.data == ours.data and bool(hive.errors) == bool(ours.errors):
        return _SAME
    expected: Any = world.expected(query)
    if ours.data != expected["data"] or bool(ours.errors) != ("errors" in expected):
        return "one schema answers as neither"
    if hive.errors and not ours.errors:
        return hive_failure(hive.errors) or f"an unknown failure: {hive.errors}"
    return _OUTVOTED if hive.data == apollo.data and bool(hive.errors) == bool(apollo.errors) else _ALONE


async def _ours(world: Federated, query: str) -> _Answer:
    body: Any = await world.ask(query)
    errors = [error["message"] for error in body.get("errors", [])]
    asked = [Asked(request.query, None) for it in world.subgraphs.values() for request in it.requests]
    return _Answer(body.get("data"), errors, asked, len(world.fetches(query)))


def _difference(world: Federated, query: str, ours: _Answer, theirs: _Answer) -> str | None:
    if ours.data != theirs.data or bool(ours.errors) != bool(theirs.errors):
        expected: Any = world.expected(query)
        reason = known_reason(
            Difference(query, world.graph, expected["data"], theirs.data, theirs.errors, theirs.asked)
        )
        if reason and ours.data == expected["data"] and bool(ours.errors) == ("errors" in expected):
            return None
        return f"the answers differ: ours {ours.data} {ours.errors}, theirs {theirs.data} {theirs.errors}"
    # of plans equally long, and of a longer one, nothing is left to ask where there are no objects to look up
    if len(ours.asked) > len(theirs.asked) and ours.planned > theirs.planned:
        return f"ours asks {len(ours.asked)} of {ours.planned} times, theirs {len(theirs.asked)} of {theirs.planned}"
    return None
