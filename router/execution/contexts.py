"""Entity look-ups with arguments from further up: one group of objects for every combination of values."""

from collections.abc import Iterator, Sequence

import orjson

from kernel.subgraph import JsonObject, JsonValue
from router.execution.representations import Representations, filled, represented
from router.planning.nodes import ContextValue, Entities, PathStep
from router.planning.selections import TYPENAME

Chain = tuple[JsonObject, ...]


def by_context(
    entities: Sequence[Entities], contexts: Sequence[ContextValue], response: JsonObject
) -> list[tuple[JsonObject, Representations]]:
    """The variables that contexts fill, and the objects they are filled so for."""
    groups: dict[bytes, tuple[JsonObject, Representations]] = {}
    for each in entities:
        for item, chain in _objects(each.path, response, (response,)):
            if each.type_name is not None and item.get(each.typename_key or TYPENAME) != each.type_name:
                continue
            representation = represented(each, item)
            if representation is not None:
                given: JsonObject = {value.variable: _value(value, chain[value.depth]) for value in contexts}
                group = groups.setdefault(_text(given), (given, Representations()))
                group[1].add(representation, item)
    return list(groups.values())


def _text(given: JsonObject) -> bytes:
    """What tells the values of contexts apart; those nested too deeply to be written fail together."""
    try:
        return orjson.dumps(given)
    except TypeError:
        return b""


def _objects(
    path: Sequence[PathStep], value: JsonValue, chain: Chain, list_depth: int = 0
) -> Iterator[tuple[JsonObject, Chain]]:
    """Every object at a path with the objects on the way to it, the response first."""
    if list_depth > 0:
        for item in value if isinstance(value, list) else ():
            below = (*chain[:-1], item) if isinstance(item, dict) else chain
            yield from _objects(path, item, below, list_depth - 1)
    elif isinstance(value, dict):
        if not path:
            yield value, chain
            return
        step = path[0]
        below = value.get(step.key)
        if step.on_type is None or value.get(step.typename_key or TYPENAME) == step.on_type:
            yield from _objects(path[1:], below, (*chain, below if isinstance(below, dict) else {}), step.list_depth)


def _value(context: ContextValue, found: JsonObject) -> JsonValue:
    """The one value of a context's selection, or null where there is none."""
    made: JsonValue = filled(context.parts, found)
    while isinstance(made, dict):
        values = [value for key, value in made.items() if key != TYPENAME]
        made = values[0] if len(values) == 1 else None
    return made
