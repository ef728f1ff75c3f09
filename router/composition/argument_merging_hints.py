"""Remarks on directives that subgraphs apply to one element with different arguments, of which one is made."""

from collections.abc import Iterator, Mapping, Sequence

from router.composition.errors import CompositionHint, HintCode
from router.composition.subgraph import Metadata
from router.composition.subgraph_set import SubgraphSet


def argument_merging_hints(subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    """Costs, list sizes, scopes and policies that differ; and deprecations and composed directives that do."""
    for coordinate, parts in _every_element(subgraphs):
        for directive, by_subgraph in _arguments(parts).items():
            if len(set(by_subgraph.values())) > 1:
                message = f"the arguments of @{directive} differ: the supergraph has what they say together"
                code = HintCode.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS
                yield CompositionHint(code, message, coordinate, tuple(by_subgraph))
        for directive, by_subgraph in _first_counts(parts).items():
            if len(set(by_subgraph.values())) > 1:
                message = f"the arguments of @{directive} differ: the supergraph has those of one subgraph"
                code = HintCode.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS
                yield CompositionHint(code, message, coordinate, tuple(by_subgraph))


_Parts = Sequence[tuple[str, Metadata]]


def _every_element(subgraphs: SubgraphSet) -> Iterator[tuple[str, _Parts]]:
    for name in subgraphs.type_names:
        yield name, [(graph.name, type_.metadata) for graph, type_ in subgraphs.sources(name)]
    for type_name, field_name, sources in subgraphs.every_field():
        coordinate = f"{type_name}.{field_name}"
        yield coordinate, [(source.subgraph.name, source.field.metadata) for source in sources]
    for name in subgraphs.type_names:
        inputs = subgraphs.inputs(name)
        for field in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
            declared = [(graph.name, type_.fields[field].metadata) for graph, type_ in inputs if field in type_.fields]
            yield f"{name}.{field}", declared
        enums = subgraphs.enums(name)
        for value in dict.fromkeys(value for _, enum in enums for value in enum.values):
            yield f"{name}.{value}", [(graph.name, enum.values[value]) for graph, enum in enums if value in enum.values]
    for argument in subgraphs.every_argument():
        if not argument.missing:
            yield argument.coordinate, [(name, value.metadata) for name, value in argument.declared.items()]


def _arguments(parts: _Parts) -> Mapping[str, Mapping[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for subgraph, metadata in parts:
        given = {
            "cost": metadata.cost_weight,
            "listSize": metadata.list_size,
            "requiresScopes": _as_sets(metadata.access.scopes),
            "policy": _as_sets(metadata.access.policies),
        }
        for directive, value in given.items():
            if value is not None:
                found.setdefault(directive, {})[subgraph] = value
    return found


def _as_sets(alternatives: tuple[tuple[str, ...], ...] | None) -> frozenset[frozenset[str]] | None:
    return frozenset(map(frozenset, alternatives)) if alternatives is not None else None


def _first_counts(parts: _Parts) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for subgraph, metadata in parts:
        if metadata.deprecation_reason is not None:
            found.setdefault("deprecated", {})[subgraph] = metadata.deprecation_reason
        for applied in metadata.composed:
            if not applied.is_repeatable:
                found.setdefault(applied.name, {})[subgraph] = applied.text
    return found
