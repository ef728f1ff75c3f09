"""ONLY_INACCESSIBLE_CHILDREN: an accessible type has at least one accessible field, value or member."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.supergraph import (
    MergedComposite,
    MergedEnum,
    MergedInputObject,
    MergedType,
    MergedUnion,
    Supergraph,
)


def only_inaccessible_children(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Accessible types callers would see empty."""
    for name, type_ in supergraph.types.items():
        children = _are_children_inaccessible(type_, supergraph)
        if children and all(children) and not type_.metadata.is_inaccessible:
            message = f'everything in "{name}" is @inaccessible, but the type is not'
            yield CompositionError(ErrorCode.ONLY_INACCESSIBLE_CHILDREN, message, name)


def _are_children_inaccessible(type_: MergedType, supergraph: Supergraph) -> list[bool]:
    match type_:
        case MergedComposite():
            return [field.metadata.is_inaccessible for field in type_.fields.values()]
        case MergedInputObject():
            return [field.metadata.is_inaccessible for field in type_.fields.values()]
        case MergedEnum():
            return [value.metadata.is_inaccessible for value in type_.values.values()]
        case MergedUnion():
            return [supergraph.types[member].metadata.is_inaccessible for member in type_.members]
        case _:
            return []
