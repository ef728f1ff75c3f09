"""When the Python class of an object alone decides its GraphQL type, so that asking once per class is enough."""

from collections.abc import Callable
from typing import Final

from graphql import GraphQLAbstractType, GraphQLInterfaceType, GraphQLObjectType
from strawberry.schema.schema import Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

#: an object that has this is what `strawberry.cast` said, whatever its class
CAST: Final = TYPE_CAST_ATTRIBUTE
_IS_TYPE_OF: Final = "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of"
_RESOLVE_TYPE: Final = frozenset(
    {
        "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type",
        "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type",
    }
)
Decides = Callable[[type, GraphQLObjectType], bool]


class Dispatch:
    """Knows this of one schema; what it has seen of classes it keeps."""

    def __init__(self, schema: Schema | None) -> None:
        self._schema = schema
        self._known: dict[str, set[type]] = {}

    def known(self, output: GraphQLObjectType) -> set[type] | None:
        """The classes that `is_type_of` is known to accept; None if it has to be asked for each object."""
        if not self._asks_for_class(output):
            return None
        return self._known.setdefault(output.name, set())

    def decides_by_class(self, output: GraphQLAbstractType) -> Decides | None:
        """Tells whether objects of a class that were resolved to an object type once, always are; None: never."""
        name = getattr(getattr(output.resolve_type, "__code__", None), "co_qualname", "")
        if self._schema is None or name not in _RESOLVE_TYPE:
            return None
        interface = output.extensions.get("strawberry-definition") if isinstance(output, GraphQLInterfaceType) else None

        def decides(cls: type, resolved: GraphQLObjectType) -> bool:
            definition: object = vars(cls).get("__strawberry_definition__")
            if not isinstance(definition, StrawberryObjectDefinition) or definition.is_graphql_generic:
                return False
            if interface is not None and not issubclass(cls, interface.origin):
                return False
            asks_for_class = resolved.is_type_of is None or self._asks_for_class(resolved)
            return resolved.extensions.get("strawberry-definition") is definition and asks_for_class

        return decides

    def _asks_for_class(self, output: GraphQLObjectType) -> bool:
        return getattr(getattr(output.is_type_of, "__code__", None), "co_qualname", "") == _IS_TYPE_OF
