"""GraphQL types as JSON Schema: what goes in as components, what comes out by the selection."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    SelectionSetNode,
    TypeNode,
    is_required_input_field,
)

Json: TypeAlias = dict[str, object]


class _Wrapping(Protocol):
    of_type: object


_SCALARS: Final[Mapping[str, Json]] = {
    "Boolean": {"type": "boolean"},
    "Int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Float": {"type": "number"},
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Decimal": {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"},
    "CurrencyCode": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "DateTime": {"type": "string", "format": "date-time"},
}


class UndescribedType(ValueError):
    """A type of the graph that no REST endpoint has used before."""


class Components:
    """The input types that were referred to."""

    def __init__(self, api: GraphQLSchema) -> None:
        self._api = api
        self.schemas: dict[str, Json] = {}

    def variable_schema(self, node: TypeNode) -> Json:
        """What JSON a variable takes."""
        if isinstance(node, NonNullTypeNode):
            return self.non_null_schema(node.type)
        return or_null(self.non_null_schema(node))

    def non_null_schema(self, node: TypeNode) -> Json:
        """The same without null."""
        if isinstance(node, ListTypeNode):
            return {"type": "array", "items": self.variable_schema(node.type)}
        inner = node.type if isinstance(node, NonNullTypeNode) else node
        return self._plain(self._api.type_map[cast("NamedTypeNode", inner).name.value])

    def _input_schema(self, type_: object) -> Json:
        if is_non_null(type_):
            return self._plain(inside(type_))
        return or_null(self._plain(type_))

    def _plain(self, type_: object) -> Json:
        if _is_list(type_):
            return {"type": "array", "items": self._input_schema(inside(type_))}
        if isinstance(type_, GraphQLInputObjectType):
            return self._referred(type_)
        return leaf(type_)

    def _referred(self, type_: GraphQLInputObjectType) -> Json:
        if type_.name not in self.schemas:
            self.schemas[type_.name] = {}
            properties = {
                name: described(self._input_schema(field.type), field.description)
                for name, field in type_.fields.items()
            }
            required = [name for name, field in type_.fields.items() if is_required_input_field(field)]
            self.schemas[type_.name] = described(closed_object(properties, required), type_.description)
        return {"$ref": f"#/components/schemas/{type_.name}"}


def output_schema(type_: object, selection: SelectionSetNode | None) -> Json:
    """What JSON a field answers."""
    if is_non_null(type_):
        return non_null_output(inside(type_), selection)
    return or_null(non_null_output(type_, selection))


def non_null_output(type_: object, selection: SelectionSetNode | None) -> Json:
    """The same where it is not null."""
    if is_non_null(type_):
        return non_null_output(inside(type_), selection)
    if _is_list(type_):
        return {"type": "array", "items": output_schema(inside(type_), selection)}
    if isinstance(type_, GraphQLObjectType) and selection is not None:
        nodes = {node.name.value: node for node in selection.selections if isinstance(node, FieldNode)}
        fields = {name: type_.fields[name] for name in nodes}
        properties = {
            name: described(output_schema(field.type, nodes[name].selection_set), field.description)
            for name, field in fields.items()
        }
        return closed_object(properties, fields)
    return leaf(type_)


def is_non_null(type_: object) -> bool:
    """Whether it wraps a type that null is no value of."""
    return isinstance(type_, GraphQLNonNull)


def _is_list(type_: object) -> bool:
    return isinstance(type_, GraphQLList)


def inside(type_: object) -> object:
    """What a list or a non-null type is of."""
    return cast("_Wrapping", type_).of_type


def leaf(type_: object) -> Json:
    """The schema of a scalar or an enum.

    Raises:
        UndescribedType: see there.
    """
    if isinstance(type_, GraphQLEnumType):
        return {"type": "string", "enum": list(type_.values)}
    known = _SCALARS.get(str(type_))
    if known is None:
        raise UndescribedType(f"say in cli/rest_description what {type_} is in JSON")
    return dict(known)


def closed_object(properties: Mapping[str, object], required: Iterable[str]) -> Json:
    """An object with no other members."""
    named = list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": named} if named else {}),
        "additionalProperties": False,
    }


def or_null(schema: Json) -> Json:
    """The schema, and null."""
    kind = schema.get("type")
    if not isinstance(kind, str):
        return {"anyOf": [schema, {"type": "null"}]}
    widened = {**schema, "type": [kind, "null"]}
    if "enum" in schema:
        widened["enum"] = [*cast("list[str]", schema["enum"]), None]
    return widened


def described(schema: Json, description: str | None) -> Json:
    """The schema with what the graph says of it."""
    return {**schema, "description": " ".join(description.split())} if description else schema
