"""What an answer must look like: the client's fields per object type, in order, with their types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import GraphQLEnumType, GraphQLSchema

from kernel.subgraph import JsonValue
from router.planning.narrowing import Coordinate, Narrowing
from router.planning.planner import QueryPlan
from router.planning.positions import Position
from router.planning.selections import TYPENAME, Field, Selection
from router.planning.supergraph import Supergraph, TypeKind

LeafReader: TypeAlias = Callable[[JsonValue], JsonValue]
_MAX_INT: Final = 2**31 - 1
_MIN_INT: Final = -(2**31)


@dataclass(frozen=True, slots=True)
class TypeShape:
    """One layer of a type: non-null or not, a list of `item`, or the named type itself (`item` is None)."""

    is_non_null: bool
    item: "TypeShape | None"


@dataclass(frozen=True, slots=True, eq=False)
class FieldShape:
    """How one value is read. A constant `typename` or a `denied` code stands for the value itself."""

    key: str
    coordinate: Coordinate
    type: TypeShape
    named_type: str
    selection: Selection | None
    position: Position
    typename_key: str
    read: LeafReader
    is_plain_leaf: bool = False
    typename: str | None = None
    denied: str | None = None

    @property
    def title(self) -> str:
        """`Type.field`, for messages."""
        return ".".join(self.coordinate)


class Shapes:
    """The shapes of one plan's answer, worked out once per object type and place."""

    def __init__(
        self, schema: GraphQLSchema, supergraph: Supergraph, plan: QueryPlan, denied: Mapping[Coordinate, str]
    ) -> None:
        self._schema = schema
        self._supergraph = supergraph
        self._narrowing = Narrowing(supergraph)
        self._plan = plan
        self._denied = denied
        self._shapes: dict[tuple[Selection, str, Position], tuple[FieldShape, ...]] = {}

    def root(self) -> tuple[FieldShape, ...]:
        """The fields of the root type."""
        operation = self._plan.operation
        return self.of(operation.selection, operation.root_type, self._plan.position)

    def of(self, selection: Selection, type_name: str, position: Position) -> tuple[FieldShape, ...]:
        """What is asked of an object (or, where no type is known, of an interface)."""
        found = self._shapes.get((selection, type_name, position))
        if found is None:
            if self._supergraph.kind(type_name) is TypeKind.OBJECT:
                fields = self._narrowing.fields_of(selection, type_name)
            else:
                fields = self._narrowing.abstract_view(selection, type_name).fields
            found = tuple(self._shape(field, type_name, position) for field in fields)
            self._shapes[selection, type_name, position] = found
        return found

    def type_of(self, shape: FieldShape, typename: JsonValue) -> str | None:
        """The type whose fields are read, or None when the value's type is not one the client may see."""
        named = shape.named_type
        if self._supergraph.kind(named) is TypeKind.OBJECT:
            return named
        if isinstance(typename, str):
            is_known = typename in self._schema.type_map and typename in self._supergraph.possible_types(named)
            return typename if is_known else None
        return named if typename is None and self._needs_no_type(shape, named) else None

    def _needs_no_type(self, shape: FieldShape, named: str) -> bool:
        if shape.selection is None or self._supergraph.kind(named) is not TypeKind.INTERFACE:
            return False
        view = self._narrowing.abstract_view(shape.selection, named)
        return not view.has_fragments and all(field.name != TYPENAME for field in view.fields)

    def _shape(self, field: Field, type_name: str, position: Position) -> FieldShape:
        if field.name.startswith("__"):
            definition_type, named = "String!", "String"
        else:
            definition = self._supergraph.field(type_name, field.name)
            definition_type, named = definition.type_text, definition.type_name
        child = position.child(field.key)
        type_shape = _type_shape(definition_type)
        denied = self._denied.get((type_name, field.name))
        is_introspection = field.name.startswith("__") and field.name != TYPENAME
        return FieldShape(
            key=field.key,
            coordinate=(type_name, field.name),
            type=_type_shape("JSON") if is_introspection else type_shape,
            named_type=named,
            selection=None if is_introspection else field.selection,
            position=child,
            typename_key=child.typename_key,
            read=_any if is_introspection else self._reader(named),
            typename=type_name if field.name == TYPENAME else None,
            is_plain_leaf=field.selection is None and type_shape.item is None and field.name != TYPENAME and not denied,
            denied=denied,
        )

    def _reader(self, named: str) -> LeafReader:
        known = self._schema.type_map.get(named)
        if isinstance(known, GraphQLEnumType):
            values = frozenset(known.values)
            return lambda value: value if isinstance(value, str) and value in values else None
        return _READERS.get(named, _any)


def _type_shape(text: str) -> TypeShape:
    is_non_null = text.endswith("!")
    inner = text.removesuffix("!")
    return TypeShape(is_non_null, _type_shape(inner[1:-1]) if inner.startswith("[") else None)


def _any(value: JsonValue) -> JsonValue:
    return value


def _int(value: JsonValue) -> JsonValue:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if _MIN_INT <= value <= _MAX_INT else None


def _float(value: JsonValue) -> JsonValue:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) else None


def _id(value: JsonValue) -> JsonValue:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _boolean(value: JsonValue) -> JsonValue:
    return value if isinstance(value, bool) else None


_READERS: Final[Mapping[str, LeafReader]] = {
    "Int": _int,
    "Float": _float,
    "String": _text,
    "ID": _id,
    "Boolean": _boolean,
}
