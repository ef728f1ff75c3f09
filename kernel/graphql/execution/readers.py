"""How a field's value is read from its object, decided once per plan: an attribute, a call, an await, a batch."""

import inspect
import keyword
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, cast

from graphql import FieldNode, GraphQLField
from graphql.type.introspection import TypeNameMetaFieldDef
from strawberry.schema.schema import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from kernel.graphql.execution.arguments import Arguments, Convert
from kernel.graphql.execution.classes import class_of
from kernel.graphql.execution.graphql_core import DEFAULT_FIELD_RESOLVER
from kernel.graphql.execution.runtime import PathNode, Run
from kernel.graphql.execution.sites import Site
from kernel.graphql.execution.source import quoted
from kernel.graphql.execution.sources import Column, Computed, Relation, column_name, source_of, strawberry_field

Read = Callable[[Run, Any, PathNode], Any]
#: gives a value a name that generated code can use
Bind = Callable[[str, object], str]
_CONVERTER: Final = "GraphQLCoreConverter.from_resolver.<locals>."
_BASIC: Final = _CONVERTER + "_get_basic_result"
_RESOLVED: Final = frozenset({_CONVERTER + "_resolver", _CONVERTER + "_async_resolver"})


class Kind(Enum):
    """What generated code may do with a field."""

    CONSTANT = auto()  # __typename
    PURE = auto()  # read any number of times
    CALL = auto()  # call once per object; the answer may be awaitable
    ASYNC = auto()  # call once per object; the answer is awaitable
    RELATION = auto()  # queue the parent


@dataclass(frozen=True, slots=True)
class Reader:
    """How a field is read.

    Attributes:
        kind: what generated code may do.
        expression: Python over `o` (the object), `w` (its row), `t` (whether it is a mapping), `run` and `p`.
        read: the same for the interpreter in `sites`.
        is_row: whether `expression` uses `w`.
        is_default: whether it is graphql-core's default resolver, which calls callables; `expression` uses `t`.
        relation: for relations.
        arguments: for relations.
    """

    kind: Kind
    expression: str = ""
    read: Read | None = None
    is_row: bool = False
    is_default: bool = False
    relation: Relation[Any, Any, Any, Any] | None = None
    arguments: Callable[[Run], dict[str, Any]] | None = None


class Readers:
    """Chooses readers for the fields of one schema."""

    def __init__(self, schema: Schema | None) -> None:
        self._strawberry = schema
        self._can_call = schema is not None and not schema.exception_handlers
        self._can_convert = schema is not None and not _has_input_hooks(schema)

    def choose(self, site: Site, bind: Bind, next_argument: Callable[[], int]) -> Reader:
        """The fastest way to read the field that means the same as its resolver."""
        field, node = site.field, site.nodes[0]
        if field is TypeNameMetaFieldDef:
            return Reader(Kind.CONSTANT, repr(site.parent.name))
        resolve = field.resolve
        if resolve is None:
            return self._default(site, bind, next_argument)
        definition = strawberry_field(field)
        if definition is not None:
            name = getattr(getattr(resolve, "__code__", None), "co_qualname", "")
            if name == _BASIC:
                return _basic(definition, resolve, bind)
            if name in _RESOLVED and self._is_direct(definition):
                return self._direct(site, definition, bind, next_argument)
        return _generic(site, resolve, bind, _arguments(field, node, None, next_argument))

    def _default(self, site: Site, bind: Bind, next_argument: Callable[[], int]) -> Reader:
        arguments = _arguments(site.field, site.nodes[0], None, next_argument)
        if arguments is not None:
            return _generic(site, DEFAULT_FIELD_RESOLVER, bind, arguments)
        name = quoted(site.name)

        def read(run: Run, source: Any, path: PathNode) -> Any:
            return DEFAULT_FIELD_RESOLVER(source, run.info(site, path))

        return Reader(Kind.PURE, f"o.get({name}) if t else getattr(o, {name}, None)", read, is_default=True)

    def _is_direct(self, definition: StrawberryField) -> bool:
        resolver = cast("Any", definition).base_resolver
        return (
            self._can_call
            and (self._can_convert or not definition.arguments)
            and class_of(resolver) is StrawberryResolver
            and not definition.extensions
            and type(definition).get_result is StrawberryField.get_result
            and callable(resolver.wrapped_func)
            and not inspect.isasyncgenfunction(resolver.wrapped_func)
        )

    def _direct(self, site: Site, definition: StrawberryField, bind: Bind, next_argument: Callable[[], int]) -> Reader:
        source = source_of(site.field)
        if isinstance(source, Column):
            return _column(str(column_name(source, site.field)))
        if isinstance(source, Computed):
            return _computed(cast("Computed[Any, Any]", source), bind)
        arguments = _arguments(site.field, site.nodes[0], self._convert(definition), next_argument)
        if isinstance(source, Relation):
            relation = cast("Relation[Any, Any, Any, Any]", source)
            return Reader(Kind.RELATION, relation=relation, arguments=arguments)
        return self._call(site, definition, bind, arguments)

    def _call(self, site: Site, definition: StrawberryField, bind: Bind, arguments: Arguments | None) -> Reader:
        resolver = cast("Any", definition).base_resolver
        given = ["o"] if resolver.self_parameter else []
        sources = (resolver.parent_parameter, resolver.root_parameter)
        given += [f"{parameter.name}=o" for parameter in sources if parameter is not None]
        if resolver.info_parameter is not None:
            info_class = cast("Schema", self._strawberry).config.info_class

            def info(run: Run, path: PathNode) -> object:
                return info_class(_raw_info=run.info(site, path), _field=definition)

            given.append(f"{resolver.info_parameter.name}={bind('info', info)}(run, p)")
        return _called(bind("resolve", resolver.wrapped_func), given, arguments, bind, is_async=definition.is_async)

    def _convert(self, definition: StrawberryField) -> Convert | None:
        if not definition.arguments:
            return None
        schema = cast("Schema", self._strawberry)

        def convert(given: dict[str, Any]) -> dict[str, Any]:
            return convert_arguments(
                given, definition.arguments, schema.schema_converter.scalar_registry, schema.config, None
            )

        return convert


def _basic(definition: StrawberryField, resolve: Callable[..., Any], bind: Bind) -> Reader:
    name = definition.python_name
    plain_read = type(definition).get_result is StrawberryField.get_result and definition.default_resolver is getattr
    if plain_read and name.isidentifier() and not keyword.iskeyword(name):

        def read(_run: Run, source: Any, _path: PathNode) -> Any:
            return getattr(source, name)

        return Reader(Kind.PURE, f"o.{name}", read)
    return _called(bind("resolve", resolve), ["o", "None"], None, bind, is_async=False)


def _column(name: str) -> Reader:
    def read(_run: Run, source: Any, _path: PathNode) -> Any:
        return getattr(source.row, name)

    if not name.isidentifier() or keyword.iskeyword(name):
        return Reader(Kind.PURE, f"getattr(w, {name!r})", read, is_row=True)
    return Reader(Kind.PURE, f"w.{name}", read, is_row=True)


def _computed(source: Computed[Any, Any], bind: Bind) -> Reader:
    def read(_run: Run, parent: Any, _path: PathNode) -> Any:
        return source.read(parent.row)

    return Reader(Kind.PURE, f"{bind('compute', source.read)}(w)", read, is_row=True)


def _generic(site: Site, resolve: Callable[..., Any], bind: Bind, arguments: Arguments | None) -> Reader:
    def info(run: Run, path: PathNode) -> object:
        return run.info(site, path)

    is_async = inspect.iscoroutinefunction(resolve)
    given = ["o", f"{bind('info', info)}(run, p)"]
    return _called(bind("resolve", resolve), given, arguments, bind, is_async=is_async)


def _called(function: str, given: list[str], arguments: Arguments | None, bind: Bind, *, is_async: bool) -> Reader:
    if arguments is not None:
        constant = arguments.constant()
        if constant is None:
            given = [*given, f"**{bind('arguments', arguments)}(run)"]
        elif constant:
            given = [*given, f"**{bind('constant', constant)}"]
    return Reader(Kind.ASYNC if is_async else Kind.CALL, f"{function}({', '.join(given)})")


def _arguments(
    field: GraphQLField, node: FieldNode, convert: Convert | None, next_argument: Callable[[], int]
) -> Arguments | None:
    if not field.args and not node.arguments:
        return None
    return Arguments(next_argument(), field, node, convert)


def _has_input_hooks(schema: Schema) -> bool:
    """Whether some input type makes its own values, for which it may ask `info`."""
    definitions = [concrete.definition for concrete in schema.schema_converter.type_map.values()]
    return any(getattr(definition, "from_input", None) is not None for definition in definitions)
