"""MISSING_TRANSITIVE_AUTH_REQUIREMENTS: who may see a field may see what it is computed from.

A field with `@requires` demands at least what the fields it names demand, with their types: otherwise a caller would
learn by the computed field what is guarded. Of alternative scopes each must contain one of the alternatives required.
"""

from collections.abc import Iterator, Sequence

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import FieldSetUse, requires_of, walk_fields
from router.composition.merging.metadata import merge_metadata
from router.composition.subgraph import Access, Subgraph
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import named_type

Alternatives = tuple[tuple[str, ...], ...]


def missing_transitive_auth_requirements(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Computed fields open to more callers than what they require."""
    for subgraph in subgraphs.subgraphs:
        for use in requires_of(subgraph):
            type_name, field_name = use.coordinate.split(".")
            own = [_of_type(type_name, subgraphs), _of_field(type_name, field_name, subgraphs)]
            for holder, coordinate, needed in _required(use, subgraph, subgraphs):
                if not _implies([*own, _of_type(holder, subgraphs)], needed):
                    message = f'the field requires "{coordinate}", but does not demand the access that one demands'
                    yield CompositionError(
                        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS, message, use.coordinate, (subgraph.name,)
                    )


def _required(use: FieldSetUse, subgraph: Subgraph, subgraphs: SubgraphSet) -> Iterator[tuple[str, str, Access]]:
    """Which type of object holds the computed field, what it requires, and the access that demands."""
    own_type = use.coordinate.split(".")[0]
    for selected in walk_fields(use, subgraph):
        if selected.field is None:
            continue
        # Who asks for the computed field already holds the object, so what guards its own type is not asked again.
        for parent in (selected.parent, *_implementations(selected.parent, subgraphs)):
            holder = parent if any(selected.selection is own for own in use.fields.selections) else own_type
            yield holder, f"{parent}.{selected.field.name}", _of_field(parent, selected.field.name, subgraphs)
        target = named_type(selected.field.type)
        for name in (target, *_implementations(target, subgraphs)):
            yield own_type, f"{selected.parent}.{selected.field.name}", _of_type(name, subgraphs)


def _implementations(name: str, subgraphs: SubgraphSet) -> list[str]:
    return sorted(type_name for type_name, above in subgraphs.supertypes.items() if name in above)


def _of_type(name: str, subgraphs: SubgraphSet) -> Access:
    return merge_metadata([type_.metadata for _, type_ in subgraphs.sources(name)]).access


def _of_field(type_name: str, field_name: str, subgraphs: SubgraphSet) -> Access:
    return merge_metadata([item.field.metadata for item in subgraphs.field_sources(type_name, field_name)]).access


def _implies(own: Sequence[Access], needed: Access) -> bool:
    is_authenticated = any(access.is_authenticated for access in own)
    return (
        (is_authenticated or not needed.is_authenticated)
        and _covers([access.scopes for access in own], needed.scopes)
        and _covers([access.policies for access in own], needed.policies)
    )


def _covers(own: Sequence[Alternatives | None], needed: Alternatives | None) -> bool:
    return needed is None or any(
        demand is not None and all(any(set(choice) <= set(given) for choice in needed) for given in demand)
        for demand in own
    )
