"""Scalars and enums in generated code: the usual Python type is checked in place, the rest goes through a function."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.pyutils import Undefined

from kernel.graphql.execution.classes import PLAIN, is_plain
from kernel.graphql.execution.readers import Bind

Serialize = Callable[[Any], Any]
#: scalar → whether the encoder writes a value of it as the scalar would
LeftToEncoder: TypeAlias = Mapping[str, Callable[[object], bool]]
_TEXT: Final = "type({0}) is not str"
#: specified scalar → condition under which a value `{0}` is not yet what the answer shows
_UNUSUAL: Final = {
    id(GraphQLString): _TEXT,
    id(GraphQLID): _TEXT,
    id(GraphQLBoolean): "type({0}) is not bool",
    id(GraphQLInt): "type({0}) is not int or not -2147483648 <= {0} <= 2147483647",
    id(GraphQLFloat): "type({0}) is not float or {0} - {0} != 0.0",
}


class Unusual(Exception):
    """A value that generated code leaves to the interpreter."""


class Leaves:
    """Writes leaves of one schema; what it makes for a type it makes once."""

    def __init__(self, left_to_encoder: LeftToEncoder) -> None:
        self._left_to_encoder = left_to_encoder
        self._serializers: dict[int, Serialize] = {}
        self._enums: dict[int, tuple[type, dict[str, str]] | None] = {}
        self._types: list[GraphQLLeafType] = []

    def check(self, leaf: GraphQLLeafType, variable: str, bind: Bind, *, nullable: bool) -> list[str]:
        """Lines that turn `variable` into what the answer shows, or raise."""
        serialize = bind(f"serialize_{leaf.name}", self._serializer(leaf))
        is_left = self._left_to_encoder.get(leaf.name)
        if is_left is not None:
            condition = f"not {bind(f'is_left_{leaf.name}', is_left)}({variable})"
            condition = f"{variable} is not None and {condition}" if nullable else condition
            return [f"if {condition}:", f"    {variable} = {serialize}({variable})"]
        unusual = _unusual(leaf)
        if unusual is not None:
            return [
                f"if {_condition(unusual, variable, nullable=nullable)}:",
                f"    {variable} = {serialize}({variable})",
            ]
        line = f"{variable} = {serialize}({variable})"
        enum = self._enum(leaf)
        if enum is not None:
            names, cls = bind(f"names_{leaf.name}", enum[1]), bind(f"class_{leaf.name}", enum[0])
            line = f"{variable} = {names}[{variable}._name_] if type({variable}) is {cls} else {serialize}({variable})"
        return [f"if {variable} is not None:", f"    {line}"] if nullable else [line]

    def unusual(self, leaf: GraphQLLeafType, variable: str) -> str | None:
        """The condition under which a value has to be serialized, if that can be told by its type."""
        condition = _unusual(leaf)
        return None if condition is None else condition.format(variable)

    def _serializer(self, leaf: GraphQLLeafType) -> Serialize:
        found = self._serializers.get(id(leaf))
        if found is None:
            found = self._serializers[id(leaf)] = _serializer(leaf)
            self._types.append(leaf)
        return found

    def _enum(self, leaf: GraphQLLeafType) -> tuple[type, dict[str, str]] | None:
        """The Python enum behind a Strawberry enum, and its members' GraphQL names by their Python names."""
        if id(leaf) not in self._enums:
            self._enums[id(leaf)] = _enum_names(leaf)
            self._types.append(leaf)
        return self._enums[id(leaf)]


def _unusual(leaf: GraphQLLeafType) -> str | None:
    """The condition template of a type; a scalar that is `str` of anything leaves text as it is."""
    if cast("object", leaf.coerce_output_value) is str:
        return _TEXT
    return _UNUSUAL.get(id(leaf))


def _condition(unusual: str, variable: str, *, nullable: bool) -> str:
    condition = unusual.format(variable)
    if not nullable:
        return condition
    if " or " in condition:
        return f"{variable} is not None and ({condition})"
    return f"{condition} and {variable} is not None"


def _serializer(leaf: GraphQLLeafType) -> Serialize:
    coerce = cast("Serialize", leaf.coerce_output_value)

    def serialize(value: Any) -> Any:
        cls = cast("type[Any]", type(value))
        if cls not in PLAIN and not is_plain(cls):
            raise Unusual
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Unusual
        return coerced

    return serialize


def _enum_names(leaf: GraphQLLeafType) -> tuple[type, dict[str, str]] | None:
    cls: object = getattr(leaf, "wrapped_cls", None)
    if not isinstance(leaf, GraphQLEnumType) or not isinstance(cls, type) or not issubclass(cls, Enum):
        return None
    try:
        return cls, {member.name: leaf.coerce_output_value(member) for member in cls}
    except Exception:  # noqa: BLE001 - an enum that is not the plain kind
        return None
