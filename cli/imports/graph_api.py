"""What an import needs of the graph."""

from collections.abc import Mapping
from typing import Protocol

from kernel.subgraph import JsonObject, JsonValue


class GraphApi(Protocol):
    """A client that runs operations; `cli.api_client.ApiClient` is one."""

    async def execute(self, document: str, variables: Mapping[str, JsonValue] | None = None) -> JsonObject:
        """The operation's data; raises ApiError."""
        ...
