"""Makes a graphql-core schema of a sketch, whose resolvers note every call they get."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    assert_valid_schema,
    build_schema,
)

from tests.factories.graphql_sketches import FieldSketch, Sketch
from tests.factories.graphql_values import Called, Later, Record, Sad, Shelf, Values, came, fetch, kind_of

ENUM_VALUES: dict[str, dict[str, object]] = {
    "Colour": {"RED": 1, "GREEN": "green", "None_": (1, 2), "class": 2.5},
    "Size": {"S": "S", "M": "M"},
}


@dataclass(slots=True)
class Journal:
    """The context of one execution: who was called, where, with what."""

    calls: list[tuple[tuple[str | int, ...], str]]
    salt: int = 0
    #: what relations were asked for: relation, key, arguments
    loads: set[tuple[str, object, object]] = field(default_factory=set)

    def note(self, info: GraphQLResolveInfo, arguments: object) -> None:
        told = f"{info.parent_type.name}.{info.field_name} {info.return_type} {len(info.field_nodes)} {arguments!r}"
        self.calls.append((tuple(info.path.as_list()), told))

    def note_load(self, name: str, keys: Iterable[object], arguments: object) -> None:
        self.loads |= {(name, key, arguments) for key in keys}

    def whim(self, info: GraphQLResolveInfo, choices: int) -> int:
        """A number below `choices` that depends on nothing but the case and the path."""
        return crc32(f"{self.salt}{info.path.as_list()}".encode()) % choices


def core_schema(sketch: Sketch, random: Random) -> GraphQLSchema:
    schema = build_schema(sketch.sdl())
    for named_type in schema.type_map.values():
        if not named_type.name.startswith("__"):
            _dress(named_type, sketch, random)
    assert_valid_schema(schema)
    return schema


def core_values(sketch: Sketch, random: Random, rate: float) -> Values:
    """Objects of all types: mappings of some, records of others."""
    values = Values(sketch, random, rate, ENUM_VALUES)
    shelves = {name for name in sketch.objects if random.random() < 0.5}

    def make(name: str) -> Record | Shelf:
        return Shelf(__typename=name) if name in shelves else Record(name)

    values.fill(make, lambda owner, name, value: owner.put(name, value))
    return values


def _dress(named_type: GraphQLNamedType, sketch: Sketch, random: Random) -> None:
    match named_type:
        case GraphQLScalarType(name="Odd"):
            named_type.coerce_output_value = odd_output
            named_type.coerce_input_value = odd_input
            named_type.parse_value = odd_input
        case GraphQLEnumType(name=name):
            for key, value in named_type.values.items():
                value.value = ENUM_VALUES[name][key]
            named_type.__dict__.pop("_value_lookup", None)
        case GraphQLInputObjectType():
            for key, each in named_type.fields.items():
                each.out_name = f"py_{key}" if random.random() < 0.3 else None
        case GraphQLInterfaceType() | GraphQLUnionType():
            named_type.resolve_type = TYPE_RESOLVERS.get(sketch.dispatch)
        case GraphQLObjectType():
            _dress_object(named_type, sketch, random)
        case _:
            pass


def _dress_object(named_type: GraphQLObjectType, sketch: Sketch, random: Random) -> None:
    if sketch.dispatch.startswith("is_type_of") and not named_type.name.startswith(("Query", "Mutation")):
        named_type.is_type_of = _is_type_of(named_type.name, is_async=sketch.dispatch.endswith("async"))
    for key, declared in sketch.objects[named_type.name].items():
        each = named_type.fields[key]
        each.resolve = _resolver(declared)
        for name, argument in each.args.items():
            argument.out_name = f"py_{name}" if random.random() < 0.2 else None


def odd_output(value: Any) -> object:
    """The custom scalar's answer: wraps what it is given, fails, or gives nothing."""
    match value:
        case "fail":
            raise Sad("the scalar cannot")
        case "none":
            return None
        case "undefined":
            return Undefined
        case _:
            return {"odd": value}


def odd_input(value: object) -> object:
    if value == -1:
        raise Sad("minus one is not taken")
    return ("odd", value)


def _resolver(declared: FieldSketch) -> Callable[..., object] | None:
    def resolve(source: object, info: GraphQLResolveInfo, /, **arguments: object) -> object:
        info.context.note(info, arguments)
        return _called(came(fetch(source, info.field_name)))

    async def resolve_later(source: object, info: GraphQLResolveInfo, /, **arguments: object) -> object:
        info.context.note(info, arguments)
        found = came(fetch(source, info.field_name))
        await Later(None, info.context.whim(info, 3))
        return _called(found)

    def resolve_maybe_later(source: object, info: GraphQLResolveInfo, /, **arguments: object) -> object:
        chosen = resolve_later if info.context.whim(info, 2) else resolve
        return chosen(source, info, **arguments)

    return {"default": None, "sync": resolve, "async": resolve_later, "mixed": resolve_maybe_later}[declared.how]


def _called(value: object) -> object:
    """A resolver of its own would not answer with a method."""
    return came(value.value) if isinstance(value, Called) else value


def _kind(value: object, info: GraphQLResolveInfo) -> Any:
    """The type's name; now and then none, an unknown one or a wrong one, as servers with errors do."""
    whim = info.context.whim(info, 120)
    return {0: None, 1: "Nowhere", 2: "Query", 3: "Colour", 4: 7}.get(whim, kind_of(value))


async def _kind_later(value: object, info: GraphQLResolveInfo) -> Any:
    await Later(None, info.context.whim(info, 2))
    return _kind(value, info)


TYPE_RESOLVERS: dict[str, Callable[..., object]] = {
    "resolve": lambda value, info, _abstract: _kind(value, info),
    "resolve_async": lambda value, info, _abstract: _kind_later(value, info),
}


def _is_type_of(name: str, *, is_async: bool) -> Callable[[Any, GraphQLResolveInfo], Any]:
    def is_one(value: object, _info: GraphQLResolveInfo) -> bool:
        return kind_of(value) == name

    async def is_one_later(value: object, info: GraphQLResolveInfo) -> bool:
        await Later(None, info.context.whim(info, 2))
        return kind_of(value) == name

    return is_one_later if is_async else is_one
