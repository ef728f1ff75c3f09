"""IMPLEMENTED_BY_INACCESSIBLE: what callers see on an interface, they see on the implementations they see.

That holds for fields and for their arguments.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.supergraph import MergedComposite, MergedField, Supergraph


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
                for place in _hidden(own, field) if own and not field.metadata.is_inaccessible else ():
                    message = f'it is @inaccessible but implements "{name}.{place}", which is not'
                    yield CompositionError(ErrorCode.IMPLEMENTED_BY_INACCESSIBLE, message, f"{type_.name}.{place}")


def _hidden(own: MergedField, field: MergedField) -> Iterator[str]:
    """What is inaccessible of the implementing field: itself, or arguments that callers see on the interface."""
    if own.metadata.is_inaccessible:
        yield own.name
        return
    visible = {argument.name for argument in field.arguments if not argument.metadata.is_inaccessible}
    for argument in own.arguments:
        if argument.metadata.is_inaccessible and argument.name in visible:
            yield f"{own.name}({argument.name}:)"
