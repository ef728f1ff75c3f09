"""What can go wrong in a random graph: fields that fail, subgraphs that are down or talk nonsense."""

from random import Random
from typing import Any

from tests.factories.federated.model import GraphModel, Kind

_NONSENSE = (None, "nonsense", 7, -0.5, True, [], {}, [[]], [None], {"__typename": "Nobody"}, "")


def failing_fields(rng: Random, graph: GraphModel) -> frozenset[str]:
    """Some coordinates; keys never fail, for without them there would be another graph."""
    coordinates = [
        f"{model.name}.{item.name}"
        for model in graph.types.values()
        if model.kind in {Kind.ENTITY, Kind.VALUE}
        for item in model.fields.values()
        if not item.is_key
    ]
    return frozenset(rng.sample(coordinates, min(len(coordinates), rng.randint(1, 4))))


def garbled(rng: Random, answer: Any, chance: float = 0.05) -> Any:
    """A subgraph's answer with some of its values replaced, dropped or added to."""
    if rng.random() < chance:
        return rng.choice(_NONSENSE)
    if isinstance(answer, dict):
        found = {key: garbled(rng, value, chance) for key, value in answer.items() if rng.random() > chance / 4}
        return found | ({"surplus": 1} if rng.random() < chance else {})
    if isinstance(answer, list):
        items = [garbled(rng, item, chance) for item in answer]
        return items[: rng.randint(0, len(items))] if rng.random() < chance else items
    return answer


def thinned(rng: Random, answer: Any, chance: float = 0.04) -> Any:
    """A subgraph's answer without some of its fields; free scalars and look-ups stay whole."""
    if isinstance(answer, list):
        return [thinned(rng, item, chance) for item in answer]
    # a free scalar is no object of a type
    if not isinstance(answer, dict) or isinstance(answer.get("__typename"), list):
        return answer
    kept = {key: value for key, value in answer.items() if key.startswith("_e") or rng.random() > chance}
    return {key: thinned(rng, value, chance) for key, value in kept.items()}
