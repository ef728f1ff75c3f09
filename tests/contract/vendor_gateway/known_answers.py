"""Where another vendor's gateway answers random graphs differently than one schema over the same world does."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.factories.federated.comparison import ErrorPath
from tests.factories.federated.model import GraphModel, Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What they asked a subgraph, and what it answered."""

    query: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """An operation they answer differently than one schema, whose data are `expected`."""

    query: str
    graph: GraphModel
    expected: Any
    data: Any
    errors: Sequence[str]
    asked: Sequence[Asked]


_UNSOUND = {
    "names the composed root type to a subgraph that calls it otherwise": r"Unknown type '(Query|Mutation)'",
    "asks a required field with two sets of arguments under one name": r"conflict because they have differing",
    "asks a field where the subgraph does not have it": r"is external|is overridden",
    "asks a field without what it requires": r"needs a representation|the representation .* lacks",
    "represents an object without its type": r"does not say of what type",
    "represents an entity by a key that is null": r"has no key",
    "takes what an alias names for the field of that name": r"Invalid non-(object|list) value|are different fields",
    "has no plan": r"^thrown: We should have an edge",
    "has no plan for introspection in a fragment": r"^thrown: Was not able to find any options for (\w+: )?__",
    "has no plan for the type of an interface object": r"^thrown: Cannot add selection of field \"\w+.__typename\"",
    "has no plan for what interface objects require of each other": r"^thrown: Group .* would create a cycle",
}
_ALIAS = re.compile(r"\b(id|code|ref): (?!\1\b)")
_OWN_ALIAS = re.compile(r"__alias_\d")
_NAME = re.compile(r"\w+")


def known_reason(found: Difference) -> str | None:
    """Why their answer is not that of one schema: by their errors, or else by what they asked; None if unknown."""
    if found.errors:
        told = [reason for reason, text in _UNSOUND.items() if any(re.search(text, error) for error in found.errors)]
        return told[0] if told else None
    return next((reason for reason, is_so in _SILENT.items() if is_so(found)), None)


def _has_nested_objects(found: Difference) -> bool:
    return any(_is_nested(value) for asked in found.asked for value in _values(asked.answer))


def _is_nested(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, list) and _has_object(item) for item in value)


def _has_object(items: list[Any]) -> bool:
    return any(isinstance(item, dict) or (isinstance(item, list) and _has_object(item)) for item in items)


def _has_unknown_entity(found: Difference) -> bool:
    lists = [(asked.answer.get("data") or {}).get("_entities") for asked in found.asked]
    return any(None in entities for entities in lists if entities) and _asks_requirement(found)


def _asks_requirement(found: Difference) -> bool:
    return not set(_NAME.findall(found.query)).isdisjoint(_requirements(found.graph))


def _is_misled_by_alias(found: Difference) -> bool:
    """Every place that differs is, has, or is beside a value under the name of another field."""
    aliases = set(_ALIAS.findall(found.query))
    return bool(aliases) and all(
        bool({place[-1], *_keys(expected)} & aliases) for place, expected in _differing(found.data, found.expected)
    )


def _has_own_alias(found: Difference) -> bool:
    return any(_OWN_ALIAS.search(asked.query) for asked in found.asked)


def _is_told_an_interface(found: Difference) -> bool:
    interfaces = {item.name for item in found.graph.types.values() if item.kind is Kind.INTERFACE}
    return not interfaces.isdisjoint(_type_names(found))


def _is_told_another_root(found: Difference) -> bool:
    return not {"RootQuery", "RootMutation"}.isdisjoint(_type_names(found))


def _leaves_out_mutation(found: Difference) -> bool:
    done = {key for asked in found.asked for key in asked.answer.get("data") or {}}
    wanted = {key for key, value in found.expected.items() if not isinstance(value, str)}
    return found.query.startswith("mutation") and not wanted <= done


def _skips_requirement(found: Difference) -> bool:
    names = "|".join(_requirements(found.graph))
    return bool(names) and re.search(rf"\b({names})(\([^)]*\))? @(skip|include)", found.query) is not None


def _takes_other_arguments(found: Difference) -> bool:
    """A field is asked whose requirement names another with arguments, and that one is asked or required otherwise."""
    asked = set(_NAME.findall(found.query))
    texts = [text for name, text in _requirements(found.graph).items() if name in asked]
    named = {name for text in texts for name in re.findall(r"(\w+)\(", text)}
    return any(name in asked or sum(name in _NAME.findall(text) for text in texts) > 1 for name in named)


_SILENT: dict[str, Callable[[Difference], bool]] = {
    "leaves out a mutation of whose answer nothing is to be asked": _leaves_out_mutation,
    "takes an interface object's name for an object's type": _is_told_an_interface,
    "takes a subgraph's name of a root type for the type": _is_told_another_root,
    "loses or mixes up objects in lists of lists": _has_nested_objects,
    "takes what an alias names for the field of that name": _is_misled_by_alias,
    "does not bring together what it asked under a name of its own": _has_own_alias,
    "asks nothing that requires something of an entity which a subgraph does not know": _has_unknown_entity,
    "takes a field asked with other arguments for the required one": _takes_other_arguments,
    "leaves out what is looked up beside a field that is skipped with what it requires": _skips_requirement,
}


def _requirements(graph: GraphModel) -> dict[str, str]:
    fields = [item for model in graph.types.values() for item in model.fields.values()]
    return {item.name: item.requires for item in fields if item.requires}


def _type_names(found: Difference) -> set[str]:
    values = [value for asked in found.asked for value in _values(asked.answer)]
    names = [value.get("__typename") for value in values if isinstance(value, dict)]
    return {name for name in names if isinstance(name, str)}


def _values(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _values(item)


def _keys(value: Any) -> set[str]:
    return {key for item in _values(value) if isinstance(item, dict) for key in item}


def _differing(found: Any, expected: Any, at: ErrorPath = ("",)) -> Iterator[tuple[ErrorPath, Any]]:
    """The smallest places that differ, with what is expected there."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key, value in expected.items():
            yield from _differing(found.get(key), value, (*at, key))
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for mine, theirs in zip(found, expected, strict=True):
            yield from _differing(mine, theirs, at)
    elif found != expected:
        yield at, expected
