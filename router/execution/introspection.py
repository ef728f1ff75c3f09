"""Answers `__schema` and `__type` from the API schema, in the shape the client asked."""

from collections.abc import Iterable, Mapping
from typing import cast

from graphql import (
    GraphQLSchema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - its signature has bare generics
    parse,
    print_ast,
)

from kernel.subgraph import JsonObject, JsonValue
from router.planning.guards import Decided
from router.planning.planner import Operation
from router.planning.selections import TYPENAME, Field, Fragment


def introspection_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that ask about the schema itself."""
    return tuple(field for field in fields if field.name.startswith("__") and field.name != TYPENAME)


def introspect(
    schema: GraphQLSchema,
    fields: tuple[Field, ...],
    operation: Operation,
    variables: Mapping[str, JsonValue],
    *,
    decided: Decided,
) -> JsonObject:
    """The values of introspection fields, by response key."""
    definitions = ", ".join(print_ast(node) for node in operation.variables.values())
    signature = f"query({definitions})" if definitions else ""
    document = parse(f"{signature} {{ {_fields(fields, decided)} }}", no_location=True)
    result = execute_sync(schema, document, variable_values=dict(variables))
    return cast("JsonObject", result.data or {})


def _fields(items: Iterable[Field | Fragment], decided: Decided) -> str:
    return " ".join(_item(item, decided) for item in items if decided.holds(item.guard)) or TYPENAME


def _field(field: Field, decided: Decided) -> str:
    arguments = f"({', '.join(print_ast(item) for item in field.arguments)})" if field.arguments else ""
    below = f" {{ {_fields(field.selection.items, decided)} }}" if field.selection is not None else ""
    return f"{field.key}: {field.name}{arguments}{below}"


def _item(item: Field | Fragment, decided: Decided) -> str:
    if isinstance(item, Field):
        return _field(item, decided)
    condition = f" on {item.type_condition}" if item.type_condition else ""
    return f"...{condition} {{ {_fields(item.selection.items, decided)} }}"
