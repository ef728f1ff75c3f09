"""Remarks on graphs that compose: nothing is wrong, but a person may want to know."""

from collections.abc import Iterator, Mapping

from graphql.language import TypeNode

from router.composition.argument_hints import argument_hints, default_hints
from router.composition.argument_merging_hints import argument_merging_hints
from router.composition.description_hints import description_hints
from router.composition.directive_hints import directive_hints
from router.composition.errors import CompositionHint, HintCode
from router.composition.merging.enums import Usage, merged_value_names, type_usage
from router.composition.merging.inputs import kept_input_fields
from router.composition.override_hints import override_hints
from router.composition.shape_hints import shape_hints
from router.composition.subgraph import UnionType
from router.composition.subgraph_set import FieldSource, SubgraphSet
from router.composition.type_references import print_type


def give_hints(subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    """Every remark, type after type."""
    for type_name, field_name, sources in subgraphs.every_field():
        coordinate = f"{type_name}.{field_name}"
        yield from override_hints(coordinate, sources, subgraphs)
        yield from argument_hints(coordinate, sources)
        yield from _differing_types(coordinate, {source.subgraph.name: source.field.type for source in sources})
        yield from _dropped_arguments(coordinate, sources)
        yield from description_hints(
            coordinate,
            {
                source.subgraph.name: source.field.metadata.description
                for source in sources
                if not source.field.is_external
            },
        )
    yield from directive_hints(subgraphs)
    yield from argument_merging_hints(subgraphs)
    usage = type_usage(subgraphs)
    for name in subgraphs.type_names:
        descriptions = {graph.name: type_.metadata.description for graph, type_ in subgraphs.sources(name)}
        yield from description_hints(name, descriptions)
        yield from _dropped_input_fields(name, subgraphs)
        yield from _enum_values(name, subgraphs, usage)
        yield from _union_members(name, subgraphs)
        yield from shape_hints(name, subgraphs)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _differing_types(coordinate: str, by_subgraph: Mapping[str, TypeNode]) -> Iterator[CompositionHint]:
    types = {subgraph: print_type(node) for subgraph, node in by_subgraph.items()}
    if len(set(types.values())) > 1:
        listing = ", ".join(f'"{text}" in "{subgraph}"' for subgraph, text in types.items())
        message = f"the subgraphs' types differ but fit together: {listing}"
        yield CompositionHint(HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, message, coordinate, tuple(types))


def _dropped_arguments(coordinate: str, sources: tuple[FieldSource, ...]) -> Iterator[CompositionHint]:
    defining = [source for source in sources if not source.field.is_external]
    contextual = {argument.name for source in sources for argument in source.field.contextual_arguments}
    for name in dict.fromkeys(argument for source in defining for argument in source.field.arguments):
        missing = tuple(source.subgraph.name for source in defining if name not in source.field.arguments)
        if name in contextual:
            message = "the argument is left out of the supergraph, because a context fills it in another subgraph"
            code = HintCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS
            holding = tuple(source.subgraph.name for source in defining if name in source.field.arguments)
            yield CompositionHint(code, message, f"{coordinate}({name}:)", holding)
        elif missing:
            message = f"the argument is left out of the supergraph, because {_names(missing)} does not have it"
            yield CompositionHint(HintCode.INCONSISTENT_ARGUMENT_PRESENCE, message, f"{coordinate}({name}:)", missing)


def _dropped_input_fields(name: str, subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    inputs = subgraphs.inputs(name)
    kept = kept_input_fields([type_.fields for _, type_ in inputs])
    for field in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
        if field not in kept:
            missing = tuple(graph.name for graph, type_ in inputs if field not in type_.fields)
            message = f"the field is left out of the supergraph, because {_names(missing)} does not have it"
            yield CompositionHint(HintCode.INCONSISTENT_INPUT_OBJECT_FIELD, message, f"{name}.{field}", missing)
        else:
            declared = {graph.name: type_.fields[field] for graph, type_ in inputs if field in type_.fields}
            yield from default_hints(f"{name}.{field}", declared)
            yield from _differing_types(f"{name}.{field}", {graph: value.type for graph, value in declared.items()})
            yield from description_hints(
                f"{name}.{field}", {graph: value.metadata.description for graph, value in declared.items()}
            )


def _enum_values(name: str, subgraphs: SubgraphSet, usage: Usage) -> Iterator[CompositionHint]:
    enums = subgraphs.enums(name)
    if not enums:
        return
    if name not in usage.inputs and name not in usage.outputs:
        names = tuple(graph.name for graph, _ in enums)
        yield CompositionHint(HintCode.UNUSED_ENUM_TYPE, "no field or argument is of this enum", name, names)
    kept = merged_value_names(enums, usage)
    for value in dict.fromkeys(value for _, enum in enums for value in enum.values):
        missing = tuple(graph.name for graph, enum in enums if value not in enum.values)
        yield from description_hints(
            f"{name}.{value}",
            {graph.name: enum.values[value].description for graph, enum in enums if value in enum.values},
        )
        if missing and value in kept and name in usage.inputs:
            continue  # hidden: no caller can send it, so nobody need know it
        if missing and value in kept:
            message = f"{_names(missing)} does not have the value"
            code = HintCode.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM
            yield CompositionHint(code, message, f"{name}.{value}", missing)
        elif missing:
            message = f"the value is left out of the supergraph, because {_names(missing)} does not have it"
            code = HintCode.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM
            yield CompositionHint(code, message, f"{name}.{value}", missing)


def _union_members(name: str, subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    unions = [(graph, type_) for graph, type_ in subgraphs.sources(name) if isinstance(type_, UnionType)]
    for member in dict.fromkeys(member for _, union in unions for member in union.members):
        missing = tuple(graph.name for graph, union in unions if member not in union.members)
        if missing:
            message = f'{_names(missing)} does not have the member "{member}"'
            yield CompositionHint(HintCode.INCONSISTENT_UNION_MEMBER, message, name, missing)
