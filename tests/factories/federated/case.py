"""One random graph with its router and its monolith, and the comparison of their answers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graphql import (
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    execute_sync,
    get_named_type,
    is_abstract_type,
    parse,
    validate,
)

from kernel.subgraph import GraphQLRequest, JsonObject
from router.composition import CompositionFailed, SubgraphSource, compose
from router.execution.incremental.formats import IncrementalFormat
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.planning.nodes import Fetch, fetches_of
from router.planning.planner import Planner, read_operation
from router.planning.selections import TYPENAME
from router.settings import RouterSettings
from tests.factories.federated.answering import Answering
from tests.factories.federated.dependence import Keys, hanging_on
from tests.factories.federated.directives import ACTIVE_LABELS
from tests.factories.federated.forgiving import forgiving
from tests.factories.federated.model import GraphModel
from tests.factories.federated.operations import DEFAULTS, VARIABLES, Operations
from tests.factories.federated.sketch import Sketch
from tests.factories.federated.world import OutOfOrder, Placed, Thing, World
from tests.factories.federation import without_defer

_UNLIMITED = ("directives", "aliases", "fragments", "same_key", "root_fields", "fields", "tokens", "depth")
_MAX_ATTEMPTS = 60


@dataclass(slots=True)
class Federated:
    """A graph that composes; its router may have one plan of an operation for all values of its conditions."""

    graph: GraphModel
    world: World
    subgraphs: Mapping[str, Answering]
    supergraph_sdl: str
    router: Router
    schema: GraphQLSchema
    is_for_all_conditions: bool = False

    def expected(
        self,
        query: str,
        *,
        lost: Collection[Keys] = (),
        undone: Collection[Keys] = (),
        nullable: Collection[tuple[str, str]] = (),
    ) -> JsonObject:
        """What one schema over the same world answers when fields at `lost` places fail and `undone` mutations are not.

        Without its type nothing is known of an object of an abstract type. Fields that are `nullable`, by object type
        and name, become null when they fail, whatever the schema says.
        """
        untyped = {place[:-1] for place in lost if place[-1].endswith(TYPENAME)}
        world = World(self.graph, self.world.failing)

        def resolve(parent: Placed | None, info: GraphQLResolveInfo, **arguments: Any) -> Any:
            at = tuple(step for step in info.path.as_list() if isinstance(step, str))
            here = parent or Placed(Thing(info.parent_type.name, 0))
            model = self.graph.field(here.thing.type_name, info.field_name)
            value = world.value(here.thing, info.field_name, arguments | world.given(model, here.upwards()))
            if info.parent_type.name == "Mutation" and at not in undone:
                world.journal.append(info.field_name)
            if at in lost or (at in untyped and is_abstract_type(get_named_type(info.return_type))):
                raise OutOfOrder
            return here.above(value)

        result = execute_sync(
            self.schema,
            parse(query, no_location=True),
            variable_values=VARIABLES,
            field_resolver=resolve,
            type_resolver=lambda placed, *_: placed.thing.type_name,
            executor_class=forgiving(nullable) if nullable else None,
        )
        return result.formatted  # type: ignore[return-value]

    async def ask(self, query: str) -> JsonObject:
        """What the router answers."""
        self.forget()
        response = await self.router.execute(GraphQLRequest(query, VARIABLES), {})
        return response.body

    async def ask_in_parts(self, query: str, incremental: IncrementalFormat) -> list[JsonObject]:
        """The payloads the router answers with."""
        self.forget()
        response = await self.router.execute(GraphQLRequest(query, VARIABLES), {}, incremental=incremental)
        later = [payload async for payload in response.later] if response.later is not None else []
        return [response.body, *later]

    def fetches(self, query: str) -> tuple[Fetch, ...]:
        """The fetches of the operation's plan."""
        document = parse(query)
        node = next(item for item in document.definitions if isinstance(item, OperationDefinitionNode))
        conditions = DEFAULTS | {name: value for name, value in VARIABLES.items() if isinstance(value, bool)}
        kept = None if self.is_for_all_conditions else conditions
        operation = read_operation(document, node, self.router.supergraph, kept)
        return fetches_of(Planner(self.router.supergraph).plan(operation, labels=ACTIVE_LABELS).node)

    def lost(self, query: str) -> set[Keys]:
        """The places of the last answer that hang on operations that were not answered well."""
        disturbed = {text for subgraph in self.subgraphs.values() for text in subgraph.disturbed}
        return hanging_on(disturbed, self.fetches(query)) if disturbed else set()

    def forget(self) -> None:
        self.world.journal.clear()
        for subgraph in self.subgraphs.values():
            subgraph.requests.clear()
            subgraph.complaints.clear()
            subgraph.disturbed.clear()

    @property
    def complaints(self) -> list[str]:
        return [text for subgraph in self.subgraphs.values() for text in subgraph.complaints]

    def operations(self, rng: Random, count: int) -> Iterator[str]:
        """Valid random operations; only fields that cannot be merged may come about by chance."""
        for _ in range(count * 5):
            query = Operations(rng, self.schema).write()
            if not validate(self.schema, parse(query, no_location=True), [OverlappingFieldsCanBeMergedRule]):
                count -= 1
                yield query
            if count == 0:
                return


def federated(seed: int, **settings: int) -> Federated:
    """The random graph of a number; sketches that do not compose are drawn again."""
    for attempt in range(_MAX_ATTEMPTS):
        graph = Sketch(Random(f"{seed}/{attempt}"), seed).draw()
        if not graph.is_whole:
            continue
        try:
            return assembled(graph, **settings)
        except CompositionFailed:
            continue
    raise AssertionError(f"no sketch of {seed} composes")


def assembled(graph: GraphModel, **given: int) -> Federated:
    """The graph with its subgraphs, its router and its monolith."""
    world = World(graph)
    subgraphs = {name: Answering(name, graph, world) for name in graph.subgraphs}
    sources = [SubgraphSource(name=name, url=f"http://{name}.invalid/", sdl=it.sdl) for name, it in subgraphs.items()]
    supergraph_sdl = compose(sources).supergraph_sdl
    settings = _settings(**given)
    router = Router(supergraph_sdl, InProcessTransport(subgraphs), settings)
    schema = without_defer(router.schema)
    return Federated(graph, world, subgraphs, supergraph_sdl, router, schema, settings.condition_plans == 0)


def served_from(graph: Federated, supergraph_sdl: str) -> Federated:
    """The graph whose router knows what another composer says of it; the monolith stays the same."""
    router = Router(supergraph_sdl, InProcessTransport(graph.subgraphs), _settings())
    return replace(graph, supergraph_sdl=supergraph_sdl, router=router)


def _settings(**given: int) -> RouterSettings:
    return RouterSettings(override_labels="moved", **{f"max_{name}": 50_000 for name in _UNLIMITED}, **given)
