"""The state of one operation while it runs: its result so far, its errors, what still has to be awaited."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution.values import VariableValues
from graphql.language import FragmentDefinitionNode
from graphql.pyutils import Path
from graphql.type.definition import GraphQLResolveInfoHelpers

from kernel.graphql.execution.graphql_core import AWAITABLE, GATHER

if TYPE_CHECKING:
    from kernel.graphql.execution.deferred import DeferredSite, Later
    from kernel.graphql.execution.sites import Site

#: a place in the result: (the place around it, key, type that has the field), like graphql-core's Path
PathNode: TypeAlias = tuple[Any, str | int, str | None] | None
#: what a resolver gets as `info`, made of the same values in the same order as graphql-core's
InfoFactory: TypeAlias = Callable[..., Any]


class Run:
    """One execution of a plan."""

    __slots__ = (
        "arguments",
        "context",
        "data",
        "errors",
        "helpers",
        "laters",
        "make_info",
        "operation",
        "queues",
        "root_value",
        "scene",
        "variables",
    )

    def __init__(
        self,
        scene: "Scene",
        deferred: "Sequence[DeferredSite]",
        *,
        arguments: int,
        variables: VariableValues,
        root_value: object,
        context: object,
        make_info: InfoFactory,
    ) -> None:
        self.scene = scene
        self.variables = variables
        self.root_value = root_value
        self.context: Any = context
        self.make_info = make_info
        self.arguments: list[dict[str, Any] | None] = [None] * arguments
        self.queues: list[list[Any]] = [[] for _ in deferred]
        self.laters: list[Later] = []
        self.data: dict[str, Any] | None = None
        self.errors: list[GraphQLError] = []
        self.helpers: GraphQLResolveInfoHelpers | None = None

    def info(self, site: "Site", path: PathNode) -> Any:
        """The resolver's `info` for the field of `site` in the object at `path`."""
        helpers = self.helpers
        if helpers is None:
            helpers = self.helpers = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
        scene = self.scene
        return self.make_info(
            site.name,
            site.nodes,
            site.output,
            site.parent,
            Path(_path(path), site.key, site.parent.name),
            scene.schema,
            scene.fragments,
            self.root_value,
            scene.operation,
            self.variables,
            self.context,
            AWAITABLE,
            None,
            helpers,
        )

    def null(self, keys: Sequence[str | int], levels: int, error: GraphQLError) -> None:
        """Report `error` and put null `levels` above the place `keys`; below what is null already, neither."""
        position = keys[: len(keys) - levels]
        if not position:
            if self.data is not None:
                self.data = None
                self.errors.append(error)
            return
        container = self.at(position[:-1])
        if container is None or (levels and container[position[-1]] is None):
            return
        container[position[-1]] = None
        self.errors.append(error)

    def at(self, keys: Sequence[str | int]) -> Any:
        """The result's object or list at `keys`; None where something above it is null."""
        found: Any = self.data
        for key in keys:
            if found is None:
                return None
            found = found[key]
        return found


class Scene:
    """What all executions of an operation share: schema, operation and fragments."""

    __slots__ = ("fragments", "operation", "schema")

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.fragments = fragments


def keys_of(path: PathNode) -> list[str | int]:
    """The response path as errors show it."""
    keys: list[str | int] = []
    while path is not None:
        keys.append(path[1])
        path = path[0]
    keys.reverse()
    return keys


def located(error: Exception, nodes: Sequence[FieldNode], path: PathNode) -> GraphQLError:
    """The error with its place, unless it has one."""
    return located_error(error, nodes, keys_of(path))


def plain_info(*values: Any) -> Any:
    """graphql-core's own `info`."""
    return GraphQLResolveInfo[Any](*values)


def settle_in_background(awaitables: Sequence[Awaitable[Any]]) -> None:
    """Let what nobody waits for any more run to its end, and ignore the outcome (graphql-core does the same)."""
    if not awaitables:
        return
    settling = asyncio.gather(*awaitables, return_exceptions=True)
    _background.add(settling)
    settling.add_done_callback(_background.discard)


#: the event loop itself keeps only weak references
_background: Final[set["asyncio.Future[Any]"]] = set()


def _path(path: PathNode) -> Path | None:
    return None if path is None else Path(_path(path[0]), path[1], path[2])


def _gather(awaitables: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return GATHER(*awaitables)


def _track(values: Sequence[Any]) -> None:
    settle_in_background([cast("Awaitable[Any]", value) for value in values if AWAITABLE(value)])
