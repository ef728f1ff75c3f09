"""Sites and shapes: what a field of an operation is at one static place, and how any value is completed there.

Generated code handles what is usual and hands everything else to `Shape.position`, which follows the specification's
"Value Completion" step by step; so each rule stands once, here.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
)
from graphql.execution.executor import default_type_resolver
from graphql.pyutils import Undefined, inspect, is_iterable
from graphql.pyutils.is_awaitable import is_async_iterable, is_awaitable

from kernel.graphql.execution.classes import is_plain
from kernel.graphql.execution.deferred import Later
from kernel.graphql.execution.dispatch import CAST
from kernel.graphql.execution.plan import Select
from kernel.graphql.execution.runtime import PathNode, Run, keys_of, located, settle_in_background


class Site:
    """A field at one place of the operation, for one object type."""

    __slots__ = ("field", "key", "name", "nodes", "parent", "read", "shape", "type")

    def __init__(self, key: str, field: GraphQLField, nodes: Sequence[FieldNode], parent: GraphQLObjectType) -> None:
        self.key = key
        self.field = field
        self.nodes = list(nodes)
        self.name = nodes[0].name.value
        self.parent = parent
        self.type: GraphQLOutputType = field.type
        self.shape: Shape = _NO_SHAPE
        self.read: Callable[[Run, Any, PathNode], Any] = _unread

    def evaluate(self, run: Run, source: object, path: PathNode) -> Any:
        """Read and complete the field of one object, guarding each step."""
        place = (path, self.key, self.parent.name)
        try:
            value = self.read(run, source, path)
        except Exception as error:  # noqa: BLE001 - a resolver's error is part of the answer
            return self.shape.fail(run, error, place)
        return self.shape.position(run, value, place)

    def __str__(self) -> str:
        return f"{self.parent}.{self.name}"


class Shape:
    """A position of the result: a field's value or a list's item.

    Attributes:
        nullable: whether the position may be null.
        levels: how far up the nearest position is that may be.
    """

    __slots__ = ("levels", "nullable", "site")

    def __init__(self, site: "Site | None", *, nullable: bool, levels: int) -> None:
        self.site = cast("Site", site)
        self.nullable = nullable
        self.levels = levels

    def position(self, run: Run, value: Any, path: PathNode) -> Any:
        """Complete a value that may be anything; what is awaitable gets its place later."""
        try:
            if is_awaitable(value):
                return Later(run, self, value, path, self.complete)
            return self.complete(run, value, path)
        except Exception as error:  # noqa: BLE001 - a resolver's error is part of the answer
            return self.fail(run, error, path)

    def fail(self, run: Run, error: Exception, path: PathNode) -> None:
        """Null here if that is allowed, else raise the located error."""
        problem = located(error, self.site.nodes, path)
        if not self.nullable:
            raise problem
        run.errors.append(problem)

    def fail_later(self, run: Run, error: Exception, path: PathNode) -> None:
        """Like `fail`, when the object around is already part of the result."""
        keys = keys_of(path)
        run.null(keys, self.levels, located(error, self.site.nodes, path))

    def complete(self, run: Run, value: Any, path: PathNode) -> Any:
        """Complete a value that is here; raises what is wrong with it."""
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            if not self.nullable:
                raise TypeError(f"Cannot return null for non-nullable field {self.site}.")
            return None
        return self.fill(run, value, path)

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        """Complete a value that is neither null nor an error."""
        raise NotImplementedError


class LeafShape(Shape):
    """A scalar or an enum."""

    __slots__ = ("type",)

    def __init__(self, site: Site, leaf: GraphQLLeafType, *, nullable: bool, levels: int) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.type = leaf

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        del run, path
        coerced: Any = self.type.coerce_output_value(value)
        if coerced is Undefined or coerced is None:
            raise TypeError(
                f"Expected `{inspect(self.type)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced


class ListShape(Shape):
    """A list, whose items have a shape of their own."""

    __slots__ = ("item",)

    def __init__(self, site: Site, *, nullable: bool, levels: int) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.item: Shape = _NO_SHAPE

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        if is_async_iterable(value):
            return Later(run, self, self._collect(run, value, path), path, _adopt)
        if not is_iterable(value):
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{self.site}'.")
        position = self.item.position
        result: list[Any] = []
        iterator = iter(cast("Sequence[Any]", value))
        try:
            for item in iterator:
                result.append(position(run, item, (path, len(result), None)))
        except Exception:
            settle_in_background([item for item in _rest(iterator) if is_awaitable(item)])
            raise
        return result

    async def _collect(self, run: Run, items: Any, path: PathNode) -> "_Collected":
        """Complete the items as they come; what they queue waits until the list has its place."""
        queued = Queued(run)
        result: list[Any] = []
        iterator = aiter(items)
        try:
            async for item in iterator:
                with queued:
                    result.append(self.item.position(run, item, (path, len(result), None)))
        except Exception as error:  # noqa: BLE001 - raised when the list is adopted
            await _close(iterator)
            return result, queued, error
        return result, queued, None


class ObjectShape(Shape):
    """An object type with its selection."""

    __slots__ = ("known", "select", "type")

    def __init__(
        self, site: Site, output: GraphQLObjectType, known: set[type] | None, *, nullable: bool, levels: int
    ) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.type = output
        #: classes that `is_type_of` always accepts; None: ask for each object
        self.known = known
        self.select: Select = _unselected

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        result = select_object(self, self.type, self.select, run, value, path)
        if is_plain(type(value)) and self.known is not None and not hasattr(value, CAST):
            self.known.add(type(value))
        return result


class AbstractShape(Shape):
    """An interface or union; one selection for each object type."""

    __slots__ = ("branches", "decides_by_class", "known", "type")

    def __init__(self, site: Site, output: GraphQLAbstractType, *, nullable: bool, levels: int) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.type = output
        self.branches: dict[str, Select] = {}
        #: class → selection, where the class alone decides
        self.known: dict[type, Select] = {}
        #: whether an object of this class is of this type whatever its values are
        self.decides_by_class: Callable[[type, GraphQLObjectType], bool] = _never

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        site, output = self.site, self.type
        resolve_type = output.resolve_type or default_type_resolver
        info = run.info(site, cast("tuple[PathNode, str, str]", _field_path(path))[0])
        name: Any = resolve_type(value, info, output)
        if is_awaitable(name):

            def then(run: Run, awaited: Any, path: PathNode) -> Any:
                return self._select(run, value, path, awaited)

            return Later(run, self, name, path, then)
        return self._select(run, value, path, name)

    def _select(self, run: Run, value: Any, path: PathNode, name: object) -> Any:
        output = self._object_type(run, name, value)
        select = self.branches[output.name]
        result = select_object(self, output, select, run, value, path)
        cls = cast("type", type(value))
        if self.decides_by_class(cls, output) and is_plain(cls) and not hasattr(value, CAST):
            self.known[cls] = select
        return result

    def _object_type(self, run: Run, name: object, value: object) -> GraphQLObjectType:
        """The type of this name; raises graphql-core's errors if it cannot be (specification: ResolveAbstractType)."""
        schema, abstract, site = run.scene.schema, self.type, self.site
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


class Queued:
    """Keeps what walks queue while it is entered, until `adopt`."""

    __slots__ = ("_laters", "_queues", "_run")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._queues: list[list[Any]] = [[] for _ in run.queues]
        self._laters: list[Later] = []

    def __enter__(self) -> None:
        self._exchange()

    def __exit__(self, *_error: object) -> None:
        self._exchange()

    def adopt(self) -> None:
        """Queue it all in the run."""
        run = self._run
        for queue, entries in zip(run.queues, self._queues, strict=True):
            queue += entries
        run.laters += self._laters

    def _exchange(self) -> None:
        run = self._run
        run.queues, self._queues = self._queues, run.queues
        run.laters, self._laters = self._laters, run.laters


_Collected: TypeAlias = tuple[list[Any], Queued, Exception | None]


def select_object(  # noqa: PLR0917 - the object and its place
    shape: Shape, output: GraphQLObjectType, select: Select, run: Run, value: Any, path: PathNode
) -> Any:
    """Ask `is_type_of`, if there is one, then select (specification: CompleteValue of an object type)."""
    if output.is_type_of is None:
        return select(run, value, path)
    site = shape.site
    accepted: Any = output.is_type_of(value, run.info(site, cast("tuple[PathNode, str, str]", _field_path(path))[0]))

    def then(run: Run, accepted: Any, path: PathNode) -> Any:
        if not accepted:
            raise GraphQLError(f"Expected value of type '{output}' but got: {inspect(value)}.", site.nodes)
        return select(run, value, path)

    if is_awaitable(accepted):
        return Later(run, shape, accepted, path, then)
    return then(run, accepted, path)


def _field_path(path: PathNode) -> PathNode:
    """The path of the field that a list's item belongs to."""
    while path is not None and path[2] is None:
        path = path[0]
    return path


def _adopt(_run: Run, collected: _Collected, _path: PathNode) -> list[Any]:
    result, queued, error = collected
    queued.adopt()
    if error is not None:
        raise error
    return result


def _rest(iterator: Any) -> list[Any]:
    rest: list[Any] = []
    try:
        rest.extend(iterator)
    except Exception:  # noqa: BLE001, S110 - the error before it is the one that counts
        pass
    return rest


async def _close(iterator: Any) -> None:
    close: Callable[[], Awaitable[object]] | None = getattr(iterator, "aclose", None)
    if close is not None:
        try:
            await close()
        except Exception:  # noqa: BLE001, S110 - the error before it is the one that counts
            pass


def _unread(_run: Run, _source: object, _path: PathNode) -> object:
    raise NotImplementedError


def _unselected(_run: Run, _source: object, _path: PathNode) -> dict[str, Any]:
    raise NotImplementedError


def _never(_cls: type, _output: GraphQLObjectType) -> bool:
    return False


_NO_SHAPE: Final = Shape(None, nullable=True, levels=0)
