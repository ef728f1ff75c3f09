"""A field's arguments: made once per plan if constant, once per operation if immutable, else for each object."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    Node,
    VariableNode,
    get_named_type,
    specified_scalar_types,
)
from graphql.execution.values import get_argument_values

from kernel.graphql.execution.runtime import Run

#: makes the resolver's arguments of the coerced ones
Convert: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
_IMMUTABLE: Final = (str, int, float, bytes, Decimal, UUID, date, time, timedelta, Enum)


class Arguments:
    """Makes the arguments of one field; raises graphql-core's errors, for each object again."""

    __slots__ = ("_convert", "_field", "_index", "_node")

    def __init__(self, index: int, field: GraphQLField, node: FieldNode, convert: Convert | None) -> None:
        self._index = index
        self._field = field
        self._node = node
        self._convert = convert

    def __call__(self, run: Run) -> dict[str, Any]:
        """The arguments in this operation."""
        made = run.arguments[self._index]
        if made is None:
            made = self.make(run.variables)
            if _is_immutable(made):
                run.arguments[self._index] = made
        return made

    def make(self, variables: Any) -> dict[str, Any]:
        """The arguments for these variables."""
        coerced = get_argument_values(self._field, self._node, variables)
        return coerced if self._convert is None else self._convert(coerced)

    def constant(self) -> Mapping[str, object] | None:
        """The arguments if all operations can share them."""
        for given in self._node.arguments or ():
            argument = self._field.args.get(given.name.value)
            if argument is None or not _is_timeless(argument) or _has_variable(given.value):
                return None
        try:
            made = self.make(None)
        except Exception:  # noqa: BLE001 - reported when the field is executed
            return None
        return made if _is_immutable(made) else None


def _is_immutable(made: Mapping[str, object]) -> bool:
    return all(value is None or isinstance(value, _IMMUTABLE) for value in made.values())


def _is_timeless(argument: GraphQLArgument) -> bool:
    """Whether a literal means the same at any time; a scalar of somebody's own may look at a clock or a context."""
    named = cast("object", get_named_type(cast("Any", argument).type))
    return isinstance(named, GraphQLEnumType) or named in specified_scalar_types.values()


def _has_variable(value: Node) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            return True
        waiting += getattr(node, "values", None) or ()
        waiting += [field.value for field in getattr(node, "fields", None) or ()]
    return False
