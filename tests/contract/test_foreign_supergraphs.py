"""Other vendors' supergraphs of random graphs are served: the answers are those of one schema over the same world.

`RETAILFLOW_FOREIGN_SUPERGRAPHS` graphs with 10 operations each, from the graph numbered
`RETAILFLOW_FOREIGN_SUPERGRAPHS_SEED` on. A composer may refuse a few of them; what it may refuse is judged in
`test_other_composers.py`.
"""

import asyncio
import os
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.federated.case import Federated, federated, served_from
from tests.factories.federated.comparison import differences

pytestmark = pytest.mark.node

_GRAPHS = int(os.environ.get("RETAILFLOW_FOREIGN_SUPERGRAPHS", "20"))
_FIRST = int(os.environ.get("RETAILFLOW_FOREIGN_SUPERGRAPHS_SEED", "0"))
_OPERATIONS = 10
_MOST_REFUSED = 0.25
_ORDERED = ("types", "fields")


@dataclass(frozen=True, slots=True)
class _Verdict:
    codes: list[str]
    supergraph: str | None


@dataclass(frozen=True, slots=True)
class _Verdicts:
    apollo: _Verdict
    guild: _Verdict


@pytest.mark.parametrize("composer", ["apollo", "guild"])
def test_supergraphs_of_another_composer_are_answered_as_one_schema(composer):
    verdicts = {number: getattr(both, composer) for number, both in _composed().items()}
    supergraphs = {number: verdict.supergraph for number, verdict in verdicts.items() if verdict.supergraph}

    found = [
        f"graph {number}, operation {index}: {difference}\n{query}"
        for number, supergraph in supergraphs.items()
        for index, query, difference in _differences(number, served_from(_graph(number), supergraph))
    ]

    assert "\n\n".join(found) == ""
    refused = {number: verdict.codes for number, verdict in verdicts.items() if number not in supergraphs}
    assert len(refused) <= _MOST_REFUSED * _GRAPHS, refused


@cache
def _graph(number: int) -> Federated:
    return federated(number)


@cache
def _composed() -> dict[int, _Verdicts]:
    return asyncio.run(_compose(range(_FIRST, _FIRST + _GRAPHS)))


async def _compose(numbers: range) -> dict[int, _Verdicts]:
    peer = await install_node_peer()
    sources = [_sources(_graph(number)) for number in numbers]
    async with peer.conversation("compose_both.cjs", list[_Verdicts]) as ask:
        return dict(zip(numbers, await ask(sources), strict=True))


def _sources(graph: Federated) -> list[dict[str, str]]:
    return [{"name": name, "url": f"http://{name}.invalid/", "sdl": it.sdl} for name, it in graph.subgraphs.items()]


def _differences(number: int, graph: Federated) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    for index, query in enumerate(graph.operations(Random(f"{number} foreign"), _OPERATIONS)):
        answer: Any = asyncio.run(graph.ask(query))
        wrong = differences(_in_order(answer), _in_order(graph.expected(query)))
        found += [(index, query, difference) for difference in (*wrong, *graph.complaints)]
    return found


def _in_order(answer: Any) -> Any:
    """The answer with what is told of a schema by name: in which order, each composer settles."""
    if isinstance(answer, list):
        return [_in_order(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    inner = {key: _in_order(value) for key, value in answer.items()}
    return {
        key: sorted(value, key=lambda item: item["name"]) if key in _ORDERED else value for key, value in inner.items()
    }
