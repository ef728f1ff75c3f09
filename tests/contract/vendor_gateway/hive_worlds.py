"""Hive's gateway asked random operations on random graphs, and how it fails at them."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tests.contract.vendor_gateway.node_peer import NodePeer, install_node_peer
from tests.contract.vendor_gateway.served_worlds import served_worlds
from tests.factories.federated.case import Federated
from tests.factories.federated.directives import ACTIVE_LABELS
from tests.factories.federated.operations import VARIABLES

NO_ANSWER = "none"
_LONGEST_SECONDS = 20
_PACKAGES = Path(__file__).parent / "hive_process"

# by its errors, where one schema has none
_FAILURES = {
    "asks a field without what it requires": r"needs a representation|the representation .* lacks",
    "asks a field where the subgraph does not have it": r"is external|is overridden",
    "does not declare a variable that it sends": r"Variable '\$\w+' is not defined by operation",
    "has no plan": r"cannot be satisfied by the subschemas|Was not able to find any options",
    "loses a value on the way": r"Cannot return null for non-nullable field",
    "takes an interface object for the type": r"was resolved to a non-object type",
    "throws": r"Maximum call stack size exceeded|called on non-object",
}
HIVE_FAILURES = frozenset(_FAILURES)


@dataclass(frozen=True, slots=True)
class HiveAnswer:
    """What the gateway answered."""

    data: Any
    errors: list[str]


async def ask_hive(
    worlds: Mapping[int, Federated], operations: Mapping[int, Sequence[str]]
) -> dict[int, list[HiveAnswer | None]]:
    """Its answers by graph; None where it hangs or dies, after which a new process goes on."""
    peer = await install_node_peer(_PACKAGES)
    answers: dict[int, list[HiveAnswer | None]] = {number: [] for number in worlds}
    async with served_worlds(worlds) as url:
        questions = [
            {
                "url": url,
                "labels": sorted(ACTIVE_LABELS),
                "variables": VARIABLES,
                "number": number,
                "supergraph": world.supergraph_sdl,
                "operation": index,
                "query": query,
            }
            for number, world in worlds.items()
            for index, query in enumerate(operations[number])
        ]
        while questions:
            questions = await _asked_until_it_dies(peer, questions, answers)
    return answers


async def _asked_until_it_dies(
    peer: NodePeer, questions: list[dict[str, Any]], answers: dict[int, list[HiveAnswer | None]]
) -> list[dict[str, Any]]:
    async with peer.conversation("answer_worlds_hive.cjs", HiveAnswer) as ask:
        for position, question in enumerate(questions):
            of_graph = answers[question["number"]]
            try:
                async with asyncio.timeout(_LONGEST_SECONDS):
                    of_graph.append(await ask(question))
            except (TimeoutError, ConnectionError, ValidationError):
                of_graph.append(None)
                return questions[position + 1 :]
    return []


def hive_failure(errors: Sequence[str]) -> str | None:
    """What the errors say went wrong; None if that is unknown."""
    return next((name for name, text in _FAILURES.items() if any(re.search(text, error) for error in errors)), None)
