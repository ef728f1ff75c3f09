"""The seam between a caller (router, saga worker) and a subgraph, the same in one process and over HTTP."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One GraphQL operation as it travels: document text, variables, operation name."""

    query: str
    variables: Mapping[str, JsonValue] | None = None
    operation_name: str | None = None


class SubgraphHandler(Protocol):
    """A subgraph that runs in this process."""

    name: str
    sdl: str

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """Answer like `POST /graphql` would: `{"data": …, "errors": […]}`. Header names are lower case."""
        ...

    def subscribe(self, request: GraphQLRequest, headers: Mapping[str, str]) -> AsyncGenerator[JsonObject]:
        """The results of a subscription, until it ends, fails or is closed; a refusal is its only result."""
        ...

    async def startup(self) -> None:
        """Open what the subgraph needs (database pool)."""
        ...

    async def shutdown(self) -> None:
        """Close what `startup` opened."""
        ...
