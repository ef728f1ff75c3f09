"""Sites and shapes: what a field of an operation is at one static place, and how any value is completed there.

Generated code handles what is usual and hands everything else to `Shape.position`, which follows the specification's
"Value Completion" step by step; so each rule stands once, here and in `objects`.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLLeafType, GraphQLObjectType
from graphql.pyutils import Undefined, inspect

from kernel.graphql.execution.deferred import Later
from kernel.graphql.execution.graphql_core import ASYNC_ITERABLE, AWAITABLE, ITERABLE
from kernel.graphql.execution.plan import not_generated
from kernel.graphql.execution.runtime import PathNode, Run, keys_of, located, settle_in_background
from kernel.graphql.execution.streams import Stream


class Site:
    """A field at one place of the operation, for one object type."""

    __slots__ = ("field", "key", "name", "nodes", "output", "parent", "read", "shape")

    def __init__(self, key: str, field: GraphQLField, nodes: Sequence[FieldNode], parent: GraphQLObjectType) -> None:
        self.key = key
        self.field = field
        self.nodes = list(nodes)
        self.name = nodes[0].name.value
        self.parent = parent
        self.output: object = cast("object", field.type)
        self.shape: Shape = _NO_SHAPE
        self.read: Callable[[Run, Any, PathNode], Any] = not_generated

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
            if AWAITABLE(value):
                return Later(run, self, value, path)
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

    __slots__ = ("output",)

    def __init__(self, site: Site, leaf: GraphQLLeafType, *, nullable: bool, levels: int) -> None:
        super().__init__(site, nullable=nullable, levels=levels)
        self.output = leaf

    def fill(self, run: Run, value: Any, path: PathNode) -> Any:
        """The coerced value."""
        del run, path
        coerced: Any = self.output.coerce_output_value(value)
        if coerced is Undefined or coerced is None:
            raise TypeError(
                f"Expected `{inspect(self.output)}.coerce_output_value({inspect(value)})`"
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
        """The completed items."""
        if ASYNC_ITERABLE(value):
            stream = Stream(run, self.item)
            return Later(run, self, stream.read(value, path), path, then=stream.adopt, drop=stream.drop)
        if not ITERABLE(value):
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{self.site}'.")
        position = self.item.position
        result: list[Any] = []
        iterator = iter(cast("Iterable[Any]", value))
        try:
            for item in iterator:
                result.append(position(run, item, (path, len(result), None)))
        except Exception:
            drop_rest(_rest(iterator), 0)
            raise
        return result


def drop_rest(items: Sequence[Any], start: int) -> None:
    """Nobody looks at the items from `start` on; what is awaitable among them runs to its end in the background."""
    settle_in_background([item for item in items[start:] if AWAITABLE(item)])


def _rest(iterator: Iterable[Any]) -> list[Any]:
    rest: list[Any] = []
    # the error before this one is the one that counts
    with contextlib.suppress(Exception):
        rest.extend(iterator)
    return rest


_NO_SHAPE: Final = Shape(None, nullable=True, levels=0)
