"""What an answer must look like: the client's fields per object type, in order, with their types."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphql import GraphQLEnumType, GraphQLSchema

from kernel.subgraph import JsonValue
from router.execution.leaves import ANY_LEAF, CUSTOM_LEAF, SCALARS, Leaf, enum_leaf
from router.planning.drafting import part_key
from router.planning.grouping import Deferrals
from router.planning.guards import Guard
from router.planning.narrowing import Coordinate, Narrowing
from router.planning.planner import QueryPlan
from router.planning.positions import Position
from router.planning.selections import TYPENAME, Field, Selection
from router.planning.supergraph import Supergraph, TypeKind


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
    leaf: Leaf
    typename: str | None = None
    denied: str | None = None
    guard: Guard | None = None

    @property
    def title(self) -> str:
        """`Type.field`, for messages."""
        return ".".join(self.coordinate)

    @property
    def is_read(self) -> bool:
        """True when the value comes from the response."""
        return self.typename is None and self.denied is None


@dataclass(frozen=True, slots=True, eq=False)
class ObjectShape:
    """The fields of one object, in order, and what is deferred of it.

    Of guarded fields `order` says which is where: it takes the first of its places whose guard holds.
    """

    fields: tuple[FieldShape, ...]
    later: "tuple[LaterShape, ...]" = ()
    order: tuple[tuple[str, Guard | None], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LaterShape:
    """Fields that come later, for the same deferred fragments; `part` is the part of the plan that brings them."""

    deferrals: Deferrals
    part: int | None
    fields: tuple[FieldShape, ...]


class Shapes:
    """The shapes of one plan's answer."""

    def __init__(
        self, schema: GraphQLSchema, supergraph: Supergraph, plan: QueryPlan, denied: Mapping[Coordinate, str]
    ) -> None:
        self._schema = schema
        self._supergraph = supergraph
        self._narrowing = Narrowing(supergraph)
        self._plan = plan
        self._denied = denied

    def root(self) -> ObjectShape:
        """The fields of the root type."""
        operation = self._plan.operation
        return self._of(operation.selection, operation.root_type, self._plan.position)

    def below(self, shape: FieldShape, typename: JsonValue) -> ObjectShape | None:
        """What is asked of an object with this `__typename`; None if its type is not one the client may see."""
        type_name = self._type_of(shape, typename)
        if shape.selection is None or type_name is None:
            return None
        return self._of(shape.selection, type_name, shape.position)

    def certain_type(self, shape: FieldShape) -> str | None:
        """The type of the field's objects, if they are all of one type."""
        is_object = self._supergraph.kind(shape.named_type) is TypeKind.OBJECT
        return shape.named_type if is_object else None

    def forget(self) -> None:
        """Drop what was remembered of selections narrowed so far."""
        self._narrowing = Narrowing(self._supergraph)

    def _of(self, selection: Selection, type_name: str, position: Position) -> ObjectShape:
        if self._supergraph.kind(type_name) is TypeKind.OBJECT:
            fields = self._narrowing.fields_of(selection, type_name)
        else:
            # an interface whose objects are all read alike
            fields = self._narrowing.abstract_view(selection, type_name).fields
        shapes = tuple(self._shape(field, type_name, position) for field in fields)
        if selection.has_guards:
            places = self._narrowing.occurrences(selection, type_name)
            return ObjectShape(shapes, order=tuple((field.key, field.guard) for field in places))
        return ObjectShape(shapes, self._later(selection, type_name, position) if selection.has_deferrals else ())

    def _later(self, selection: Selection, type_name: str, position: Position) -> tuple[LaterShape, ...]:
        return tuple(
            LaterShape(
                deferrals=group.deferrals,
                part=self._plan.parts.get(part_key(group, position)),
                fields=tuple(self._shape(field, type_name, position) for field in group.fields),
            )
            for group in self._narrowing.grouped(selection, type_name).groups
        )

    def _type_of(self, shape: FieldShape, typename: JsonValue) -> str | None:
        named = shape.named_type
        if self.certain_type(shape) is not None:
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
        child = position.child(field.key)
        if field.name.startswith("__"):
            return replace(_meta_shape(field, type_name, child), guard=field.guard)
        definition = self._supergraph.field(type_name, field.name)
        return FieldShape(
            key=field.key,
            coordinate=(type_name, field.name),
            type=_type_shape(definition.type_text),
            named_type=definition.type_name,
            selection=field.selection,
            position=child,
            typename_key=child.typename_key,
            leaf=self._leaf(definition.type_name),
            denied=self._denied.get((type_name, field.name)),
            guard=field.guard,
        )

    def _leaf(self, named: str) -> Leaf:
        known = self._schema.type_map.get(named)
        if isinstance(known, GraphQLEnumType):
            return enum_leaf(known.values)
        return SCALARS.get(named, CUSTOM_LEAF)


def _meta_shape(field: Field, type_name: str, child: Position) -> FieldShape:
    """`__typename`, which is known, or `__schema` and `__type`, whose answers are complete already."""
    is_typename = field.name == TYPENAME
    return FieldShape(
        key=field.key,
        coordinate=(type_name, field.name),
        type=_type_shape("String!" if is_typename else "JSON"),
        named_type="String",
        selection=None,
        position=child,
        typename_key=child.typename_key,
        leaf=ANY_LEAF,
        typename=type_name if is_typename else None,
    )


def _type_shape(text: str) -> TypeShape:
    is_non_null = text.endswith("!")
    inner = text.removesuffix("!")
    return TypeShape(is_non_null, _type_shape(inner[1:-1]) if inner.startswith("[") else None)
