"""AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: what is guarded are objects and their fields, not interfaces.

What guards an implementation guards it however it is reached. An interface object counts as the interface; the
fields it adds are resolved, so they may be guarded.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Access, CompositeType, Kind, Subgraph

_OPEN = Access()


def auth_requirements_applied_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@authenticated`, `@requiresScopes` and `@policy` on interfaces, their fields and interface objects."""
    for type_ in subgraph.types.values():
        for coordinate in _guarded(type_) if isinstance(type_, CompositeType) else ():
            message = "access directives cannot stand on an interface, its fields or an interface object"
            yield CompositionError(
                ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE, message, coordinate, (subgraph.name,)
            )


def _guarded(type_: CompositeType) -> Iterator[str]:
    is_interface = type_.kind is Kind.INTERFACE
    if type_.metadata.access != _OPEN and (is_interface or type_.is_interface_object):
        yield type_.name
    if is_interface:
        yield from (f"{type_.name}.{field.name}" for field in type_.fields.values() if field.metadata.access != _OPEN)
