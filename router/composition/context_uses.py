"""Where a subgraph sets its contexts and where it fills arguments from them."""

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.subgraph import CompositeType, ContextualArgument, Field, Subgraph, UnionType


@dataclass(frozen=True, slots=True)
class ContextUse:
    """One argument with `@fromContext`."""

    parent: CompositeType
    field: Field
    argument: ContextualArgument

    @property
    def coordinate(self) -> str:
        """The argument as a schema coordinate."""
        return f"{self.parent.name}.{self.field.name}({self.argument.name}:)"


def context_uses(subgraph: Subgraph) -> Iterator[ContextUse]:
    """Every argument of the subgraph that is filled from a context."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType):
            continue
        for field in type_.fields.values():
            for argument in field.contextual_arguments:
                yield ContextUse(type_, field, argument)


def context_setters(subgraph: Subgraph, context: str) -> tuple[CompositeType | UnionType, ...]:
    """The types that set the context."""
    return tuple(
        type_
        for type_ in subgraph.types.values()
        if isinstance(type_, CompositeType | UnionType) and context in type_.contexts
    )
