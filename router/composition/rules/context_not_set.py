"""CONTEXT_NOT_SET: an argument is filled only from a context that a type of its subgraph sets.

Nothing else may give it a value or be asked for it: it has no default, its field is an object's, and
no interface has the field.
"""

from collections.abc import Iterator

from router.composition.context_uses import ContextUse, context_setters, context_uses
from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Kind, Subgraph


def context_not_set(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Arguments that no context, or not only a context, gives a value."""
    for use in context_uses(subgraph):
        reason = _reason(use, subgraph)
        if reason:
            yield CompositionError(ErrorCode.CONTEXT_NOT_SET, reason, use.coordinate, (subgraph.name,))


def _reason(use: ContextUse, subgraph: Subgraph) -> str:
    if use.argument.default is not None:
        return "an argument with @fromContext cannot have a default value"
    if use.parent.kind is Kind.INTERFACE:
        return "@fromContext cannot stand on an argument of an interface's field"
    for name in use.parent.interfaces:
        interface = subgraph.composite(name)
        if interface and use.field.name in interface.fields:
            return f'@fromContext cannot stand here, because the interface "{name}" has the field too'
    context = use.argument.reference.context
    if context and not context_setters(subgraph, context):
        return f'no type sets the context "{context}"'
    return ""
