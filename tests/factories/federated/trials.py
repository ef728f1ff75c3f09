"""The ways an operation is tried on a random graph; each returns what is wrong with the answer."""

import asyncio
import re
from collections.abc import Callable
from random import Random

from router.execution.incremental.formats import IncrementalFormat
from tests.factories.federated.case import Federated
from tests.factories.federated.comparison import (
    accusations,
    bounds,
    differences,
    flaws,
    is_partial,
    losses,
    repeated_errors,
)
from tests.factories.federated.conformity import violations, with_types
from tests.factories.federated.deferral import deferring
from tests.factories.federated.disturbance import failing_fields, garbled, thinned
from tests.factories.federated.usefulness import useless_fetches
from tests.factories.incremental import merged

_NAME = re.compile(r"\w+")
Trial = Callable[[Federated, str, Random], list[str]]


def sound(graph: Federated, query: str, _: Random) -> list[str]:
    """Everything works: the answer is that of one schema."""
    answer = asyncio.run(graph.ask(query))

    return [*differences(answer, graph.expected(query)), *graph.complaints]


def deferred(graph: Federated, query: str, rng: Random) -> list[str]:
    """Parts of the answer come later: together they are the answer of one schema that defers nothing."""
    parts = deferring(query, graph.schema, rng)

    payloads = asyncio.run(graph.ask_in_parts(parts, rng.choice([*IncrementalFormat])))

    told = [error for payload in payloads for error in payload.get("errors", [])]
    wrong = [] if not told and merged(payloads) == graph.expected(query)["data"] else [f"the parts differ: {payloads}"]
    return [*(f"{what} {parts}" for what in wrong), *graph.complaints]


def failing(graph: Federated, query: str, rng: Random) -> list[str]:
    """Some fields fail: what needs none of them is as in one schema where they fail.

    A requirement may be fetched beside a field whose failure takes it along, and may fail though the field that needs
    it is never reached. A failure takes more along in a subgraph
    that has a stricter type than the composed one, and is told where it was. It takes less along where the interface
    has a looser type than the object type, which nobody tells of an interface object unless it is asked for.
    """
    graph.world.failing = failing_fields(rng, graph.graph)

    answer = asyncio.run(graph.ask(query))

    expected = graph.expected(query)
    names = _NAME.findall(query)
    is_stricter = not graph.graph.stricter_fields.isdisjoint(names)
    looser = {at for at in graph.graph.looser_fields if at[1] in names}
    exact = differences(answer, expected)
    is_requiring = not graph.graph.requiring_fields.isdisjoint(names)
    takes_more = is_requiring or is_stricter
    if not exact or not (takes_more or looser):
        return [*exact, *graph.complaints, *repeated_errors(answer), *accusations(answer)]
    least = graph.expected(query, lost=graph.lost(query)) if takes_more else expected
    whole = graph.expected(query, nullable=looser)
    is_told_elsewhere = is_stricter or whole != expected
    wrong = bounds(answer, least, whole) if is_told_elsewhere else losses(answer, least, whole)
    return [*wrong, *graph.complaints, *repeated_errors(answer), *accusations(answer)]


def down(graph: Federated, query: str, rng: Random) -> list[str]:
    """A subgraph is down: what does not need it is as in one schema, the rest is null with an error."""
    subgraph = graph.subgraphs[rng.choice(graph.graph.subgraphs)]
    subgraph.is_down = True

    answer = asyncio.run(graph.ask(query))

    subgraph.is_down = False
    lost = graph.lost(query)
    least, whole = graph.expected(query, lost=lost, undone=lost), graph.expected(query, undone=lost)
    return [*losses(answer, least, whole), *graph.complaints, *repeated_errors(answer), *accusations(answer)]


def omitting(graph: Federated, query: str, rng: Random) -> list[str]:
    """Subgraphs leave something out without a word: what does not need it is intact, the rest null with an error."""
    for subgraph in graph.subgraphs.values():
        subgraph.garble = lambda answer: thinned(rng, answer)

    answer = asyncio.run(graph.ask(query))

    lost = graph.lost(query)
    guilty = {name for name, subgraph in graph.subgraphs.items() if subgraph.disturbed}
    least, whole = graph.expected(query, lost=lost), graph.expected(query)
    return [*losses(answer, least, whole), *repeated_errors(answer), *accusations(answer, guilty)]


def nonsense(graph: Federated, query: str, rng: Random) -> list[str]:
    """Subgraphs talk nonsense: what does not need it is as in one schema, the rest has the form the schema gives it."""
    query = with_types(query)
    for subgraph in graph.subgraphs.values():
        subgraph.garble = lambda answer: garbled(rng, answer)

    answer = asyncio.run(graph.ask(query))

    least = graph.expected(query, lost=graph.lost(query))
    shrunk = [] if is_partial(least["data"], answer.get("data")) else ["more is missing than was garbled"]
    return [*flaws(answer), *violations(graph.schema, query, answer.get("data")), *shrunk, *repeated_errors(answer)]


def useful(graph: Federated, query: str, _: Random) -> list[str]:
    """Every look-up brings something."""
    return [f"{fetch} is for nothing" for fetch in useless_fetches(graph.fetches(query))]
