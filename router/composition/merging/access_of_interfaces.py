"""What guards implementations guards what their interface shows of them.

A subgraph cannot guard an interface itself. In the supergraph the interface, and each of its fields, demands all that
its implementations demand, so that a gateway that looks at the interface only lets nobody past them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from router.composition.merging.metadata import merge_access
from router.composition.subgraph import Kind, Metadata
from router.composition.supergraph import MergedComposite, MergedType


def with_access_of_implementations(types: Mapping[str, MergedType]) -> dict[str, MergedType]:
    """The types, interfaces guarded as their implementations are."""
    implementations: dict[str, list[MergedComposite]] = {}
    for type_ in types.values():
        if isinstance(type_, MergedComposite) and type_.kind is Kind.OBJECT:
            for interface in type_.interfaces:
                implementations.setdefault(interface, []).append(type_)
    return {
        name: _guarded(type_, implementations.get(name, []))
        if isinstance(type_, MergedComposite) and type_.kind is Kind.INTERFACE
        else type_
        for name, type_ in types.items()
    }


def _guarded(interface: MergedComposite, implementations: Sequence[MergedComposite]) -> MergedComposite:
    fields = {
        name: replace(
            field,
            metadata=_with_access(
                field.metadata, [type_.fields[name].metadata for type_ in implementations if name in type_.fields]
            ),
        )
        for name, field in interface.fields.items()
    }
    metadata = _with_access(interface.metadata, [type_.metadata for type_ in implementations])
    return replace(interface, metadata=metadata, fields=fields)


def _with_access(own: Metadata, others: Sequence[Metadata]) -> Metadata:
    return replace(own, access=merge_access([own.access, *(other.access for other in others)]))
