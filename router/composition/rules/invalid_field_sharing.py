"""INVALID_FIELD_SHARING: a field resolved by several subgraphs is `@shareable` in each, and none of Subscription's.

A subgraph that provides an external field resolves it on some paths; an interface object resolves its fields for
every implementation.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_usage import provided_fields
from router.composition.merging.field_joins import is_resolver, overrider_of, through_interface_objects
from router.composition.subgraph import Kind
from router.composition.subgraph_set import FieldSource, SubgraphSet


def invalid_field_sharing(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Fields resolved more than once without everyone's consent."""
    provided = {subgraph.name: provided_fields(subgraph.types) for subgraph in subgraphs.subgraphs}
    for type_name, field_name, sources in (*subgraphs.every_field(), *_inherited_twice(subgraphs)):
        if any(source.parent.kind is Kind.INTERFACE for source in sources):
            continue
        resolving = [
            *(source for source in sources if is_resolver(source, sources) and not overrider_of(source, sources)),
            *through_interface_objects(type_name, field_name, subgraphs),
        ]
        providing = [
            source
            for source in sources
            if source.field.is_external and (type_name, field_name) in provided[source.subgraph.name]
        ]
        selfish = [source for source in resolving if not source.field.is_shareable or type_name == "Subscription"]
        if selfish and len(resolving) + len(providing) > 1:
            yield _error(f"{type_name}.{field_name}", [*resolving, *providing], selfish)


def _inherited_twice(subgraphs: SubgraphSet) -> Iterator[tuple[str, str, tuple[FieldSource, ...]]]:
    """The fields a type does not declare and has from interface objects of more than one interface."""
    for type_name, interfaces in subgraphs.supertypes.items():
        added = [
            field_name
            for interface in interfaces
            for field_name in {
                name
                for _, parent in subgraphs.composites(interface)
                if parent.is_interface_object
                for name in parent.fields
            }
            if not subgraphs.field_sources(type_name, field_name)
        ]
        yield from ((type_name, name, ()) for name in sorted(set(added)) if added.count(name) > 1)


def _error(coordinate: str, resolving: list[FieldSource], selfish: list[FieldSource]) -> CompositionError:
    everyone = ", ".join(f'"{source.subgraph.name}"' for source in resolving)
    culprits = ", ".join(f'"{source.subgraph.name}"' for source in selfish)
    reason = (
        "fields of Subscription cannot be shared"
        if coordinate.startswith("Subscription.")
        else f"it is not @shareable in {culprits}"
    )
    return CompositionError(
        ErrorCode.INVALID_FIELD_SHARING,
        f"the field is resolved by {everyone}, but {reason}",
        coordinate,
        tuple(sorted({source.subgraph.name for source in resolving})),
    )
