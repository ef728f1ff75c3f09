"""Whether an answer has the form an operation and a schema give it, whatever its values."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    execute_sync,
    parse,
    print_ast,
)
from graphql.language import Visitor, visit

from tests.factories.federated.operations import VARIABLES

_TYPE_KEY = "typeHere"


class _Typed(Visitor):
    """Asks every object for its type."""

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        typename = FieldNode(
            alias=NameNode(value=_TYPE_KEY), name=NameNode(value="__typename"), directives=(), arguments=()
        )
        return SelectionSetNode(selections=(*node.selections, typename))


def with_types(query: str) -> str:
    """The operation with `__typename` in every selection, as `violations` needs it."""
    return print_ast(visit(parse(query, no_location=True), _Typed()))


def violations(schema: GraphQLSchema, query: str, data: Any) -> list[str]:
    """Keys nobody asked for, keys that lack, values of other types, and nulls where none may be.

    The operation is executed over the answer itself: it must come out as it went in.
    """

    def resolve(parent: Mapping[str, Any], info: GraphQLResolveInfo, **_: Any) -> Any:
        return parent[info.path.key]

    if data is None:
        return []
    again = execute_sync(
        schema,
        parse(query, no_location=True),
        root_value=data,
        variable_values=VARIABLES,
        field_resolver=resolve,
        type_resolver=lambda value, *_: value[_TYPE_KEY],
    )
    found = [f"{error.message} at {error.path}" for error in again.errors or ()]
    return found or ([] if again.data == data else [f"{data} has more than was asked for: {again.data}"])
