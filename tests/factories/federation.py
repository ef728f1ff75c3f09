"""Federated graphs over one in-memory world: each subgraph sees only its own schema, a monolith sees everything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    build_schema,
    default_field_resolver,
    graphql,
    parse,
    print_ast,
)
from graphql.language import DocumentNode, visit
from graphql.language.visitor import REMOVE, Visitor

from kernel.subgraph import GraphQLRequest, JsonObject
from router.composition import SubgraphSource, compose
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.settings import RouterSettings

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", '
    '"@requires", "@provides", "@inaccessible", "@tag", "@override", "@interfaceObject", "@authenticated", '
    '"@requiresScopes"])\n'
)
_KEPT = {"deprecated", "specifiedBy", "oneOf"}
Entity = dict[str, Any]
Resolver = Callable[..., Any]


@dataclass
class World:
    """All objects of a test: entities by type, and computed fields `Type.field` → function(parent, **arguments)."""

    entities: Mapping[str, Sequence[Entity]] = field(default_factory=dict)
    computed: Mapping[str, Resolver] = field(default_factory=dict)
    implementers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find(self, type_name: str, representation: Mapping[str, Any]) -> Entity | None:
        for name in self.implementers.get(type_name, [type_name]):
            for entity in self.entities.get(name, []):
                given = {key: value for key, value in representation.items() if key != "__typename" and key in entity}
                if _matches(entity, given):
                    return entity
        return None


def _matches(entity: Entity, given: Mapping[str, Any]) -> bool:
    comparable = {key: value for key, value in given.items() if not isinstance(value, list)}
    for key, value in comparable.items():
        known = entity[key]
        if isinstance(value, dict) and isinstance(known, dict):
            if not _matches(known, {k: v for k, v in value.items() if k in known}):
                return False
        elif known != value and key in KEY_FIELDS:
            return False
    return True


KEY_FIELDS = {"id", "sku", "upc", "name_key", "pid", "code", "organization", "slug"}


class _Federation(Visitor):
    """Strips federation directives and notes what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.entities: list[str] = []
        self.interfaces: list[str] = []
        self.requires: set[tuple[str, str]] = set()
        self.external: set[tuple[str, str]] = set()

    def enter_schema_extension(self, *_: Any) -> Any:
        return REMOVE

    def enter_object_type_definition(self, node: Any, *_: Any) -> Any:
        names = [use.name.value for use in node.directives or ()]
        if "key" in names:
            self.entities.append(node.name.value)
        for item in node.fields or ():
            uses = [use.name.value for use in item.directives or ()]
            if "requires" in uses:
                self.requires.add((node.name.value, item.name.value))
            if "external" in uses:
                self.external.add((node.name.value, item.name.value))

    def enter_interface_type_definition(self, node: Any, *_: Any) -> Any:
        if any(use.name.value == "key" for use in node.directives or ()):
            self.interfaces.append(node.name.value)

    def enter_directive(self, node: Any, *_: Any) -> Any:
        return None if node.name.value in _KEPT else REMOVE


class MemorySubgraph:
    """A subgraph that answers from the world, counts its requests, and can be told to fail."""

    def __init__(self, name: str, sdl: str, world: World) -> None:
        self.name = name
        self.sdl = sdl if "extend schema @link" in sdl else LINK + sdl
        self.requests: list[GraphQLRequest] = []
        self.headers: list[Mapping[str, str]] = []
        self.answer: Callable[[GraphQLRequest], JsonObject] | None = None
        self._world = world
        self._federation = _Federation()
        document = visit(parse(self.sdl), self._federation)
        self._schema = self._build(document)

    def _build(self, document: DocumentNode) -> GraphQLSchema:
        text = print_ast(document)
        if self._federation.entities:
            text += f"\nscalar _Any\nunion _Entity = {' | '.join(self._federation.entities)}\n"
            text += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
            if "type Query" not in print_ast(document):
                text = text.replace("extend type Query {", "type Query {")
        return build_schema(text)

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        self.requests.append(request)
        self.headers.append(headers)
        if self.answer is not None:
            return self.answer(request)
        result = await graphql(
            self._schema,
            request.query,
            variable_values=dict(request.variables or {}),
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: self._type_of(value),
        )
        return result.formatted  # type: ignore[return-value]

    def _type_of(self, value: Entity) -> str:
        """The object's type, or the interface object that stands for it here."""
        name = value["__typename"]
        if name in self._schema.type_map:
            return name
        return next(standing for standing, types in self._world.implementers.items() if name in types)

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    def _resolve(self, parent: Any, info: Any, **arguments: Any) -> Any:
        if info.field_name == "_entities":
            return [self._entity(representation) for representation in arguments["representations"]]
        coordinate = (info.parent_type.name, info.field_name)
        if coordinate in self._federation.requires and "__representation" not in (parent or {}):
            raise GraphQLError(f"{coordinate} was asked without a representation")
        return resolve(self._world, parent, info, arguments)

    def _entity(self, representation: Mapping[str, Any]) -> Entity | None:
        type_name = representation["__typename"]
        if type_name not in [*self._federation.entities, *self._federation.interfaces]:
            raise GraphQLError(f"{type_name} is no entity of {self.name}")
        found = self._world.find(type_name, representation)
        if found is None:
            return None
        own = {key: value for key, value in found.items() if (type_name, key) not in self._federation.external}
        is_interface_object = type_name in self._world.implementers and type_name in self._federation.entities
        typename = type_name if is_interface_object else found["__typename"]
        return {**own, **representation, "__typename": typename, "__representation": True}


def resolve(world: World, parent: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
    """The value of a field: computed, or from the object."""
    parents = [info.parent_type.name, *(item.name for item in getattr(info.parent_type, "interfaces", ()))]
    for name in parents:
        compute = world.computed.get(f"{name}.{info.field_name}")
        if compute is not None:
            return compute(parent, **arguments)
    return default_field_resolver(parent or {}, info, **arguments)


def without_defer(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema for graphql-core's `graphql` and `execute`, which refuse one that has `@defer`."""
    arguments = schema.to_kwargs()
    kept = tuple(directive for directive in arguments["directives"] if directive.name != "defer")
    return GraphQLSchema(**{**arguments, "directives": kept})


class FederatedGraph:
    """Subgraphs, the router over them, and the monolith that must answer the same."""

    def __init__(self, world: World, sdls: Mapping[str, str], **settings: Any) -> None:
        self.world = world
        self.subgraphs = {name: MemorySubgraph(name, sdl, world) for name, sdl in sdls.items()}
        sources = [
            SubgraphSource(name=name, url=f"http://{name}.invalid/graphql", sdl=subgraph.sdl)
            for name, subgraph in self.subgraphs.items()
        ]
        self.supergraph_sdl = compose(sources).supergraph_sdl
        self.router = Router(self.supergraph_sdl, InProcessTransport(self.subgraphs), RouterSettings(**settings))
        self.monolith = without_defer(self.router.schema)

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> JsonObject:
        response = await self.router.execute(GraphQLRequest(query, variables), {})
        return response.body

    async def expected(self, query: str, variables: Mapping[str, Any] | None = None) -> JsonObject:
        result = await graphql(
            self.monolith,
            query,
            variable_values=dict(variables or {}),
            field_resolver=lambda parent, info, **arguments: resolve(self.world, parent, info, arguments),
            type_resolver=lambda value, *_: value["__typename"],
        )
        return result.formatted  # type: ignore[return-value]

    @property
    def fetches(self) -> list[str]:
        return [name for name, subgraph in self.subgraphs.items() for _ in subgraph.requests]

    def forget(self) -> None:
        for subgraph in self.subgraphs.values():
            subgraph.requests.clear()
