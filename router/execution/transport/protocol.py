"""What the executor needs of a transport."""

from collections.abc import Mapping
from typing import Protocol

from kernel.subgraph import GraphQLRequest, JsonObject


class SubgraphUnavailable(Exception):
    """A subgraph gave no GraphQL answer; the message is the reason, for logs only."""

    def __init__(self, subgraph: str, reason: str) -> None:
        super().__init__(f"{subgraph}: {reason}")
        self.subgraph = subgraph
        self.reason = reason


class Transport(Protocol):
    """Sends operations to subgraphs."""

    async def fetch(self, subgraph: str, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """The subgraph's answer, `{"data": …, "errors": […]}`; the caller must not change it.

        Raises:
            SubgraphUnavailable: no connection, no answer in time, or not a GraphQL answer.
        """
        ...

    async def check(self, subgraph: str) -> None:
        """Ask whether a subgraph is there; raises SubgraphUnavailable when it is not."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
