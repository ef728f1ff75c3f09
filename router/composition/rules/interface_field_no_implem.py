"""INTERFACE_FIELD_NO_IMPLEM: a field of a merged interface exists in all its merged implementations."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.supergraph import MergedComposite, Supergraph


def interface_field_no_implem(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Implementations that lack a field of their merged interface."""
    for type_ in supergraph.types.values():
        if not isinstance(type_, MergedComposite):
            continue
        for name in type_.interfaces:
            interface = supergraph.types.get(name)
            if not isinstance(interface, MergedComposite):
                continue
            for field in interface.fields:
                if field not in type_.fields:
                    message = f'"{type_.name}" implements "{name}" but no subgraph gives it the field "{field}"'
                    yield CompositionError(ErrorCode.INTERFACE_FIELD_NO_IMPLEM, message, f"{type_.name}.{field}")
