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
from kernel.graphql.types import SCALARS
from kernel.graphql.wording import describe
from kernel.telemetry import get_logger

log = get_logger(__name__)
MAX_REPRESENTATIONS: Final = 1000
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
        self._allowed_keys: Mapping[str, _Keys] = {
            name: _Keys.of(definition) for name, definition in _entity_definitions(self).items()
        }

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Resolve each representation on its own: a bad one fails alone, in its own place."""
        if len(representations) > MAX_REPRESENTATIONS:
            raise BadUserInput(f"at most {MAX_REPRESENTATIONS} representations", field=("representations",))
        return [cast("FederationAny", self._entity(info, item)) for item in representations]

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


def _entity_definitions(schema: strawberry.federation.Schema) -> dict[str, StrawberryObjectDefinition]:
    found: dict[str, StrawberryObjectDefinition] = {}
    for name, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        directives = getattr(definition, "directives", None) or ()
        if isinstance(definition, StrawberryObjectDefinition) and any(_is_resolvable(item) for item in directives):
            found[name] = definition
    return found


def _is_resolvable(directive: object) -> bool:
    return isinstance(directive, Key) and directive.resolvable is not False
