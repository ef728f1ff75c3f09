"""Recording which subgraphs resolve a field, and on what terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from router.composition.field_usage import referenced_fields
from router.composition.subgraph_set import FieldSource, SubgraphSet
from router.composition.supergraph import ContextJoin, FieldJoin
from router.composition.type_references import print_type


def overrider_of(source: FieldSource, sources: Sequence[FieldSource]) -> FieldSource | None:
    """The source that takes the field over from this one, if any does."""
    for other in sources:
        override = other.field.override
        if override and override.source == source.subgraph.name and other is not source:
            return other
    return None


def full_overrider_of(source: FieldSource, sources: Sequence[FieldSource]) -> FieldSource | None:
    """The source that takes the field over for every request, not only for those a label selects."""
    overrider = overrider_of(source, sources)
    is_partial = overrider is not None and overrider.field.override is not None and overrider.field.override.label
    return None if is_partial else overrider


def is_resolver(source: FieldSource, sources: Sequence[FieldSource]) -> bool:
    """Whether the subgraph can be asked for the field: it is not external there nor wholly overridden."""
    return not source.field.is_external and full_overrider_of(source, sources) is None


def is_resolver_when(source: FieldSource, sources: Sequence[FieldSource], active: frozenset[str]) -> bool:
    """Whether the subgraph is asked for the field by a request for which these labels of `@override` hold."""
    override, overrider = source.field.override, overrider_of(source, sources)
    declaring = {other.subgraph.name for other in sources}
    if override and override.label and override.source in declaring and override.label not in active:
        return False
    label = _label(overrider) if overrider else None
    return is_resolver(source, sources) and (label is None or label not in active)


def through_interface_objects(type_name: str, field_name: str, subgraphs: SubgraphSet) -> Iterator[FieldSource]:
    """The interface objects that resolve the field for every implementation, this type among them."""
    for interface in sorted(subgraphs.supertypes.get(type_name, ())):
        sources = subgraphs.field_sources(interface, field_name)
        yield from (source for source in sources if source.parent.is_interface_object and is_resolver(source, sources))


def join_field(
    sources: Sequence[FieldSource], graphs: Mapping[str, str], *, is_everywhere: bool
) -> tuple[FieldJoin, ...]:
    """The joins of a field; none when every subgraph of its type resolves it on the same terms."""
    are_types_equal = len({print_type(source.field.type) for source in sources}) == 1
    joins = [_join(source, sources, graphs, is_type_needed=not are_types_equal) for source in sources]
    present = tuple(join for join in joins if join)
    plain = tuple(FieldJoin(graphs[source.subgraph.name]) for source in sources)
    # An override that takes the field from nobody says nothing.
    declaring = {source.subgraph.name for source in sources}
    telling = tuple(
        join if join.override in declaring else replace(join, override=None, override_label=None) for join in present
    )
    return () if is_everywhere and telling == plain else present


def _join(
    source: FieldSource, sources: Sequence[FieldSource], graphs: Mapping[str, str], *, is_type_needed: bool
) -> FieldJoin | None:
    field = source.field
    graph = graphs[source.subgraph.name]
    type_ = print_type(field.type) if is_type_needed else None
    overrider = overrider_of(source, sources)
    is_lost = overrider is not None and not field.is_external
    is_used = is_lost and (source.parent.name, field.name) in referenced_fields(source.subgraph.types)
    if full_overrider_of(source, sources) and is_lost:
        return FieldJoin(graph, type_, is_overridden_but_used=True) if is_used else None
    override = field.override
    return FieldJoin(
        graph,
        type_,
        field.requires.text if field.requires else None,
        field.provides.text if field.provides else None,
        field.is_external,
        override.source if override else None,
        _label(overrider or source) if overrider or (override and override.source in graphs) else None,
        is_overridden_but_used=is_used,
        context_arguments=_context_joins(source),
    )


def _context_joins(source: FieldSource) -> tuple[ContextJoin, ...]:
    return tuple(
        ContextJoin(
            argument.name,
            print_type(argument.type),
            context_in_supergraph(source.subgraph.name, argument.reference.context or ""),
            argument.reference.selection_text,
        )
        for argument in source.field.contextual_arguments
    )


def context_in_supergraph(subgraph: str, context: str) -> str:
    """A context's name beside those of other subgraphs."""
    return f"{subgraph}__{context}"


def _label(source: FieldSource) -> str | None:
    return source.field.override.label if source.field.override else None
