"""IMPLEMENTED_BY_INACCESSIBLE: a field callers see on an interface, they see on the implementations they see."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.supergraph import MergedComposite, Supergraph


def implemented_by_inaccessible(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Inaccessible fields of accessible types that implement accessible fields of accessible interfaces."""
    for type_ in supergraph.types.values():
        if not isinstance(type_, MergedComposite) or type_.metadata.is_inaccessible:
            continue
        for name in type_.interfaces:
            interface = supergraph.types.get(name)
            if not isinstance(interface, MergedComposite) or interface.metadata.is_inaccessible:
                continue
            for field in interface.fields.values():
                own = type_.fields.get(field.name)
                if own and own.metadata.is_inaccessible and not field.metadata.is_inaccessible:
                    message = f'the field is @inaccessible but implements "{name}.{field.name}", which is not'
                    yield CompositionError(ErrorCode.IMPLEMENTED_BY_INACCESSIBLE, message, f"{type_.name}.{field.name}")
