"""Merging what callers give: arguments and input objects keep only what every subgraph takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graphql.language import TypeNode

from router.composition.merging.metadata import merge_metadata
from router.composition.merging.type_references import most_specific_input
from router.composition.subgraph import InputObjectType, InputValue, Subgraph
from router.composition.supergraph import FieldJoin, MergedInput, MergedInputObject, TypeJoin
from router.composition.type_references import print_type


def merge_input_values(declarations: Sequence[Mapping[str, InputValue]]) -> tuple[MergedInput, ...]:
    """The arguments all of the declarations have, in the order of the first."""
    shared = [name for name in declarations[0] if all(name in other for other in declarations)]
    return tuple(_merge_value([declaration[name] for declaration in declarations]) for name in shared)


def _merge_value(values: Sequence[InputValue]) -> MergedInput:
    return MergedInput(
        values[0].name,
        _merged_type(values),
        # Where one subgraph gives no default, a default for all would change what it is sent.
        values[0].default if all(value.default is not None for value in values) else None,
        merge_metadata([value.metadata for value in values]),
    )


def _merged_type(values: Sequence[InputValue]) -> TypeNode:
    merged = most_specific_input([value.type for value in values])
    if merged is None:
        msg = f'the types of "{values[0].name}" do not merge; the rules refuse that before merging'
        raise ValueError(msg)
    return merged


def kept_input_fields(declarations: Sequence[Mapping[str, InputValue]]) -> dict[str, list[InputValue]]:
    """The fields all declarations of an input object have, and those one of them hides: nobody can send such a field.

    Each with its declarations.
    """
    kept: dict[str, list[InputValue]] = {}
    for name in dict.fromkeys(name for declaration in declarations for name in declaration):
        values = [declaration[name] for declaration in declarations if name in declaration]
        if len(values) == len(declarations) or any(value.metadata.is_inaccessible for value in values):
            kept[name] = values
    return kept


def merge_input_object(
    name: str, sources: Sequence[tuple[Subgraph, InputObjectType]], graphs: Mapping[str, str]
) -> MergedInputObject:
    """One input object out of the subgraphs'."""
    fields = {
        field: replace(_merge_value(values), joins=tuple(_joins(field, sources, graphs)))
        for field, values in kept_input_fields([type_.fields for _, type_ in sources]).items()
    }
    return MergedInputObject(
        name,
        merge_metadata([type_.metadata for _, type_ in sources]),
        tuple(TypeJoin(graphs[subgraph.name]) for subgraph, _ in sources),
        fields,
        is_one_of=any(type_.is_one_of for _, type_ in sources),
    )


def _joins(
    field_name: str, sources: Sequence[tuple[Subgraph, InputObjectType]], graphs: Mapping[str, str]
) -> list[FieldJoin]:
    types = [
        (graphs[subgraph.name], print_type(type_.fields[field_name].type))
        for subgraph, type_ in sources
        if field_name in type_.fields
    ]
    if len({text for _, text in types}) > 1:
        return [FieldJoin(graph, text) for graph, text in types]
    return [FieldJoin(graph) for graph, _ in types] if len(types) < len(sources) else []
