"""Random operations on random graphs make use of all they are meant to, and often enough."""

import asyncio
from collections import Counter
from random import Random

from router.execution.incremental.formats import IncrementalFormat
from tests.factories.federated.case import federated
from tests.factories.federated.deferral import deferring
from tests.factories.federated.features import FEATURES, features

_OPERATIONS = 10


def test_every_feature_occurs_often():
    counts = Counter[str]()

    for number in range(40):
        graph = federated(number)
        for query in graph.operations(Random(f"{number} sound"), _OPERATIONS):
            counts.update(features(graph, query, graph.expected(query)))

    assert {name: counts[name] for name in FEATURES if counts[name] < 5} == {}


def test_deferred_parts_come_later_and_at_several_places():
    later, places = 0, 0

    for number in range(5):
        graph, rng = federated(number), Random(number)
        for query in graph.operations(rng, _OPERATIONS):
            parts = deferring(query, graph.schema, rng)
            first = asyncio.run(graph.ask_in_parts(parts, IncrementalFormat.CURRENT))[0]
            later += first.get("hasNext") is True
            places += len(first.get("pending", [])) > 2

    assert later >= 20
    assert places >= 10
