"""The Strawberry federation schema of a subgraph, with an `_entities` that trusts nobody (security.md §0.3)."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final, cast

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.info import Info

from kernel.errors import BadUserInput, DomainError
from kernel.graphql.execution.sources import SOURCE, Reads
from kernel.graphql.references import Entities, entity_definitions
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
        subscription: type | None = None,
        types: Iterable[type] = (),
        words: Mapping[str, str] | None = None,
        errors: ModuleType | None = None,
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            query=query,
            mutation=mutation,
            subscription=subscription,
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
        self._entities = Entities(entity_definitions(definitions))

    # Strawberry awaits what this gives, though it says otherwise
    async def entities_resolver(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities of the representations, in order: a bad one fails alone, in its own place."""
        return cast("list[FederationAny]", await self._entities.find(info, representations))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log what nobody expected, once, without the request's values."""
        del execution_context
        # one failed read may be the error of a thousand fields
        for error in {id(error.original_error): error for error in reversed(errors)}.values():
            cause = cause_of(error)
            if cause is not None and not is_for_the_caller(error):
                log.error("resolver_failed", path=error.path, error=type(cause).__name__, exc_info=cause)


# of PostgreSQL, whose texts and JSON hold no NUL: whichever text of the caller had one
_UNSTORABLE: Final = frozenset({"22021", "22P05"})


def cause_of(error: GraphQLError) -> Exception | None:
    """The exception that GraphQL errors were made of, if it was not made as a GraphQL error."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    state = getattr(getattr(cause, "orig", cause), "sqlstate", None)
    return BadUserInput("texts must not contain the character U+0000") if state in _UNSTORABLE else cause


def is_for_the_caller(error: GraphQLError) -> bool:
    """True for what the caller did wrong, or a rule of the business refused; everything else is ours to repair."""
    original = cause_of(error)
    if original is None or isinstance(original, DomainError):
        return True
    if not isinstance(original, GraphQLError):
        return False
    # a value of ours that its scalar refuses belongs to a field, but to no place in the document as arguments do
    return error.path is None or bool(original.nodes) or "code" in (original.extensions or {})


def _check_view(definition: StrawberryObjectDefinition) -> None:
    """Columns that nobody declared would be missing from the rows, and only for some selections."""
    if "row" not in definition.origin.__annotations__:
        return
    for each in definition.fields:
        if not isinstance(each.metadata.get(SOURCE), Reads):
            raise TypeError(f"{definition.name}.{each.python_name} does not say what it reads of its row")
