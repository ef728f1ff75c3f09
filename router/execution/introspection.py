"""Answers `__schema` and `__type` from the API schema, in the shape the client asked."""

from collections.abc import Mapping
from typing import cast

from graphql import (
    GraphQLSchema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - its signature has bare generics
    parse,
    print_ast,
)

from kernel.subgraph import JsonObject, JsonValue
from router.planning.planner import Operation
from router.planning.selections import TYPENAME, Field, Fragment, Selection


def introspection_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that ask about the schema itself."""
    return tuple(field for field in fields if field.name.startswith("__") and field.name != TYPENAME)


def introspect(
    schema: GraphQLSchema, fields: tuple[Field, ...], operation: Operation, variables: Mapping[str, JsonValue]
) -> JsonObject:
    """The values of introspection fields, by response key."""
    definitions = ", ".join(print_ast(node) for node in operation.variables.values())
    signature = f"query({definitions})" if definitions else ""
    document = parse(f"{signature} {{ {' '.join(_field(field) for field in fields)} }}", no_location=True)
    result = execute_sync(schema, document, variable_values=dict(variables))
    return cast("JsonObject", result.data or {})


def _field(field: Field) -> str:
    arguments = f"({', '.join(print_ast(item) for item in field.arguments)})" if field.arguments else ""
    below = f" {{ {_selection(field.selection)} }}" if field.selection is not None else ""
    return f"{field.key}: {field.name}{arguments}{below}"


def _selection(selection: Selection) -> str:
    return " ".join(_item(item) for item in selection.items) or TYPENAME


def _item(item: Field | Fragment) -> str:
    if isinstance(item, Field):
        return _field(item)
    condition = f" on {item.type_condition}" if item.type_condition else ""
    return f"...{condition} {{ {_selection(item.selection)} }}"
