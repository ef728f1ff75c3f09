"""Merging enums: the union of what subgraphs give out, only the intersection of what all take in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.composition.merging.metadata import merge_metadata
from router.composition.subgraph import CompositeType, EnumType, InputObjectType, Subgraph
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import MergedEnum, MergedEnumValue, TypeJoin
from router.composition.type_references import named_type


@dataclass(frozen=True, slots=True)
class Usage:
    """The names of types used for input and for output anywhere in the graph."""

    inputs: frozenset[str]
    outputs: frozenset[str]


def type_usage(subgraphs: SubgraphSet) -> Usage:
    """Where each type is used."""
    inputs: set[str] = set()
    outputs: set[str] = set()
    for defined in subgraphs.shared_directives():
        for directive in defined.values():
            inputs.update(named_type(argument.type) for argument in directive.arguments.values())
    for subgraph in subgraphs.subgraphs:
        for type_ in subgraph.types.values():
            if isinstance(type_, InputObjectType):
                inputs.update(named_type(field.type) for field in type_.fields.values())
            elif isinstance(type_, CompositeType):
                for field in type_.fields.values():
                    outputs.add(named_type(field.type))
                    inputs.update(named_type(argument.type) for argument in field.arguments.values())
    return Usage(frozenset(inputs), frozenset(outputs))


def merged_value_names(sources: Sequence[tuple[Subgraph, EnumType]], usage: Usage) -> tuple[str, ...]:
    """The values the merged enum has, in the order of the first subgraph that knows each."""
    names = dict.fromkeys(value for _, enum in sources for value in enum.values)
    if sources[0][1].name not in usage.inputs:
        return tuple(names)
    return tuple(name for name in names if _is_everywhere(name, sources) or _is_hidden(name, sources))


def _is_everywhere(value: str, sources: Sequence[tuple[Subgraph, EnumType]]) -> bool:
    return all(value in enum.values for _, enum in sources)


def _is_hidden(value: str, sources: Sequence[tuple[Subgraph, EnumType]]) -> bool:
    # No caller can send a hidden value, so subgraphs that do not know it never meet it.
    return any(enum.values[value].is_inaccessible for _, enum in sources if value in enum.values)


def merge_enum(
    name: str, sources: Sequence[tuple[Subgraph, EnumType]], graphs: Mapping[str, str], usage: Usage
) -> MergedEnum:
    """One enum out of the subgraphs'."""
    values = {
        value: MergedEnumValue(
            value,
            merge_metadata([enum.values[value] for _, enum in sources if value in enum.values]),
            tuple(graphs[subgraph.name] for subgraph, enum in sources if value in enum.values),
        )
        for value in merged_value_names(sources, usage)
    }
    return MergedEnum(
        name,
        merge_metadata([enum.metadata for _, enum in sources]),
        tuple(TypeJoin(graphs[subgraph.name]) for subgraph, _ in sources),
        values,
    )
