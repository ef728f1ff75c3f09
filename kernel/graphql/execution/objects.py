"""Shapes of objects: select from them, once it is known which object type they are."""

from collections.abc import Callable
from typing import Any, cast

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect

from kernel.graphql.execution.classes import class_of, is_remembered
from kernel.graphql.execution.deferred import Later
from kernel.graphql.execution.dispatch import CAST
from kernel.graphql.execution.graphql_core import AWAITABLE, DEFAULT_TYPE_RESOLVER
from kernel.graphql.execution.plan import Select, not_generated
from kernel.graphql.execution.runtime import PathNode, Run
from kernel.graphql.execution.sites import Shape, Site


class ObjectShape(Shape):
    """An object type with its selection."""

    __slots__ = ("known", "output", "select")

    def __init__(
        self, site: Site, output: GraphQLObjectType, known: set[type[Any]] | None, *, nullable: bool, levels: int
    ) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.output = output
        #: classes that `is_type_of` always accepts; None: ask for each object
        self.known = known
        self.select: Select = not_generated

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        """The selection from the object, if it is of this type."""
        result = _select(self, self.select, run, value, path, self.output)
        cls = class_of(value)
        # remembering comes first: generated code lets such objects straight in the next time
        if is_remembered(cls) and self.known is not None and not hasattr(value, CAST):
            self.known.add(cls)
        return result


class AbstractShape(Shape):
    """An interface or union; one selection for each object type."""

    __slots__ = ("branches", "decides_by_class", "known", "output")

    def __init__(self, site: Site, output: GraphQLAbstractType, *, nullable: bool, levels: int) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.output = output
        self.branches: dict[str, Select] = {}
        #: class → selection, where the class alone decides
        self.known: dict[type, Select] = {}
        #: whether an object of this class is of this type whatever its values are
        self.decides_by_class: Callable[[type, GraphQLObjectType], bool] = _never

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        """The selection of the object's type from the object."""
        resolve_type = cast("Callable[..., Any]", self.output.resolve_type or DEFAULT_TYPE_RESOLVER)
        name: Any = resolve_type(value, run.info(self.site, _field_parent(path)), self.output)
        if AWAITABLE(name):

            def then(run: Run, awaited: Any, path: PathNode) -> Any:
                return self._select(run, value, path, awaited)

            return Later(run, self, name, path, then=then)
        return self._select(run, value, path, name)

    def _select(self, run: Run, value: Any, path: PathNode, name: object) -> Any:
        output = self._object_type(run, name, value)
        select = self.branches[output.name]
        result = _select(self, select, run, value, path, output)
        cls = class_of(value)
        if self.decides_by_class(cls, output) and is_remembered(cls) and not hasattr(value, CAST):
            self.known[cls] = select
        return result

    def _object_type(self, run: Run, name: object, value: object) -> GraphQLObjectType:
        """The type of this name; raises graphql-core's errors if it cannot be (specification: ResolveAbstractType)."""
        schema, abstract, site = run.scene.schema, self.output, self.site
        if name is None:
            raise GraphQLError(
                f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{site}'."
                f" Either the '{abstract}' type should provide a 'resolve_type' function or each possible type"
                " should provide an 'is_type_of' function.",
                site.nodes,
            )
        if not isinstance(name, str):
            raise GraphQLError(
                f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{site}' with value"
                f" {inspect(value)}, received '{inspect(name)}', which is not a valid Object type name.",
                site.nodes,
            )
        found = schema.get_type(name)
        if found is None:
            raise GraphQLError(
                f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema.",
                site.nodes,
            )
        if not isinstance(found, GraphQLObjectType):
            raise GraphQLError(f"Abstract type '{abstract}' was resolved to a non-object type '{name}'.", site.nodes)
        if not schema.is_sub_type(abstract, found):
            raise GraphQLError(f"Runtime Object type '{found}' is not a possible type for '{abstract}'.", site.nodes)
        return found


def _select(  # noqa: PLR0917 - the object and its place
    shape: Shape, select: Select, run: Run, value: Any, path: PathNode, output: GraphQLObjectType
) -> Any:
    """Ask `is_type_of`, if there is one, then select (specification: CompleteValue of an object type)."""
    if output.is_type_of is None:
        return select(run, value, path)
    accepted: Any = output.is_type_of(value, run.info(shape.site, _field_parent(path)))

    def then(run: Run, accepted: Any, path: PathNode) -> Any:
        if not accepted:
            raise GraphQLError(f"Expected value of type '{output}' but got: {inspect(value)}.", shape.site.nodes)
        return select(run, value, path)

    if AWAITABLE(accepted):
        return Later(run, shape, accepted, path, then=then)
    return then(run, accepted, path)


def _field_parent(path: PathNode) -> PathNode:
    """The path of the object whose field a value, or the list around it, belongs to."""
    while path is not None and path[2] is None:
        path = path[0]
    return None if path is None else path[0]


def _never(_cls: type[Any], _output: GraphQLObjectType) -> bool:
    return False
