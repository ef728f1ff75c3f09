"""REQUIRES_INVALID_FIELDS: the field set of a `@requires` names fields its subgraph has, without aliases.

The arguments it gives are understood by every subgraph that is asked for such a field.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import SelectedField, argument_faults, faults_of, requires_of, walk_fields
from router.composition.merging.field_joins import is_resolver, through_interface_objects
from router.composition.subgraph import Subgraph
from router.composition.subgraph_set import SubgraphSet


def requires_invalid_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@requires` that do not hold for their type."""
    for use in requires_of(subgraph):
        for fault in faults_of(use, subgraph):
            message = f'@requires(fields: "{use.fields.text}"): {fault}'
            yield CompositionError(ErrorCode.REQUIRES_INVALID_FIELDS, message, use.coordinate, (subgraph.name,))


def requires_arguments_not_understood(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments in `@requires` that a subgraph which resolves the field does not have, or not with such a value."""
    for subgraph in subgraphs.subgraphs:
        for use in requires_of(subgraph):
            for selected in walk_fields(use, subgraph):
                for other, fault in _not_understood(selected, subgraphs):
                    message = f'@requires(fields: "{use.fields.text}") for "{other}": {fault}'
                    yield CompositionError(ErrorCode.REQUIRES_INVALID_FIELDS, message, use.coordinate, (subgraph.name,))


def _not_understood(selected: SelectedField, subgraphs: SubgraphSet) -> Iterator[tuple[str, str]]:
    selection = selected.selection
    if not selection.given:
        return
    sources = subgraphs.field_sources(selected.parent, selection.name)
    resolving = [
        *(source for source in sources if is_resolver(source, sources)),
        *through_interface_objects(selected.parent, selection.name, subgraphs),
    ]
    for source in resolving:
        text = f"{selection.name}{selection.arguments}"
        for fault in argument_faults(text, source.parent.name, source.subgraph):
            yield source.subgraph.name, fault
