"""The Strawberry federation schema of a subgraph, with an `_entities` that trusts nobody (security.md §0.3)."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Final, cast

import strawberry
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import External, Key
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.info import Info
from strawberry.utils.str_converters import to_snake_case

from kernel.errors import BadUserInput, DomainError
from kernel.graphql.execution.sources import SOURCE, Reads
from kernel.graphql.references import MAX_REPRESENTATIONS, Entities, entity_definitions
from kernel.graphql.types import SCALARS
from kernel.graphql.wording import describe
from kernel.telemetry import get_logger

log = get_logger(__name__)
_CACHED_DOCUMENTS: Final = 512


class SubgraphSchema(strawberry.federation.Schema):
    """Cached parsing and validation, our scalars, guarded entity references, errors logged once and masked."""

    def __init__(
        self,
        *,
        query: type,
        mutation: type | None = None,
        types: Iterable[type] = (),
        words: Mapping[str, str] | None = None,
        errors: ModuleType | None = None,
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            query=query,
            mutation=mutation,
            types=types,
            extensions=[
                lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
                lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
            ],
            config=StrawberryConfig(scalar_map=SCALARS),
            federation_version="2.9",
        )
        describe(self._schema, words or {}, errors)
        definitions = [
            concrete.definition
            for concrete in self.schema_converter.type_map.values()
            if isinstance(concrete.definition, StrawberryObjectDefinition)
        ]
        for definition in definitions:
            _check_view(definition)
        entities = entity_definitions(definitions)
        self._entities = Entities(each for each in entities if not hasattr(each.origin, "resolve_reference"))
        self._allowed_keys: Mapping[str, _Keys] = {
            each.name: _Keys.of(each) for each in entities if hasattr(each.origin, "resolve_reference")
        }

    # Strawberry awaits what this gives, though it says otherwise
    async def entities_resolver(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities of the representations, in order: a bad one fails alone, in its own place."""
        if self._allowed_keys:
            return await self._one_by_one(info, representations)
        return cast("list[FederationAny]", await self._entities.find(info, representations))

    async def _one_by_one(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """To go: entities of types that still resolve each reference by itself."""
        if len(representations) > MAX_REPRESENTATIONS:
            raise BadUserInput(f"at most {MAX_REPRESENTATIONS} representations", field=("representations",))
        ready = await self._entities.find(info, [item for item in representations if not self._is_old(item)])
        found = iter(ready)
        return [
            cast("FederationAny", self._entity(info, item) if self._is_old(item) else next(found))
            for item in representations
        ]

    def _is_old(self, item: object) -> bool:
        return isinstance(item, Mapping) and cast("Mapping[str, object]", item).get("__typename") in self._allowed_keys

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log what nobody expected, once, without the request's values."""
        del execution_context
        for error in errors:
            original = error.original_error
            if original is not None and not isinstance(original, DomainError | GraphQLError):
                log.error("resolver_failed", path=error.path, error=type(original).__name__, exc_info=original)

    def _entity(self, info: Info, item: object) -> object:
        if not isinstance(item, Mapping):
            return GraphQLError("a representation is an object", extensions={"code": "BAD_USER_INPUT"})
        representation = cast("Mapping[str, object]", item)
        keys = self._allowed_keys.get(str(representation.get("__typename")))
        if keys is None:
            return GraphQLError("no such entity here", extensions={"code": "BAD_USER_INPUT"})
        values = {name: value for name, value in representation.items() if name != "__typename"}
        if not keys.accept(frozenset(values)):
            return GraphQLError("not a key of this entity", extensions={"code": "BAD_USER_INPUT"})
        try:
            arguments = {to_snake_case(name): value for name, value in values.items()}
            return keys.origin.resolve_reference(info=info, **arguments)
        except Exception as error:  # noqa: BLE001 - reported in this representation's own place
            return error


class _Keys:
    """Which sets of fields may stand for an entity."""

    def __init__(self, origin: Any, key_sets: list[frozenset[str]], extra: frozenset[str]) -> None:
        self.origin = origin
        self._key_sets = key_sets
        self._extra = extra

    @classmethod
    def of(cls, definition: StrawberryObjectDefinition) -> "_Keys":
        directives = definition.directives or ()
        key_sets = [_field_names(str(directive.fields)) for directive in directives if isinstance(directive, Key)]
        external = frozenset(
            to_camel
            for field in definition.fields
            if any(isinstance(directive, External) for directive in field.directives)
            and (to_camel := _graph_name(field.python_name, field.graphql_name))
        )
        if not hasattr(definition.origin, "resolve_reference"):
            raise TypeError(f"entity {definition.name} has no resolve_reference")
        return cls(definition.origin, key_sets, external)

    def accept(self, given: frozenset[str]) -> bool:
        known = self._extra.union(*self._key_sets)
        return given <= known and any(key_set <= given for key_set in self._key_sets)


def _graph_name(python_name: str, graphql_name: str | None) -> str:
    if graphql_name is not None:
        return graphql_name
    head, *rest = python_name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _field_names(field_set: str) -> frozenset[str]:
    operation = cast("OperationDefinitionNode", parse(f"{{ {field_set} }}").definitions[0])
    return frozenset(node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode))


def _check_view(definition: StrawberryObjectDefinition) -> None:
    """Columns that nobody declared would be missing from the rows, and only for some selections."""
    undeclared = [each.python_name for each in definition.fields if not isinstance(each.metadata.get(SOURCE), Reads)]
    is_view = "row" in definition.origin.__annotations__ and len(undeclared) < len(definition.fields)
    if is_view and undeclared:
        raise TypeError(f"{definition.name}.{undeclared[0]} does not say what it reads of its row")
