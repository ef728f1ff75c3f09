"""Subgraphs of the same process, called without a network; failures look like those of the network."""

import asyncio
from collections.abc import Mapping

from kernel.subgraph import GraphQLRequest, JsonObject, SubgraphHandler
from kernel.telemetry import get_logger
from router.execution.transport.protocol import SubgraphUnavailable

log = get_logger(__name__)


class InProcessTransport:
    """Calls the handlers of subgraphs that live in this process; their owner starts and stops them."""

    def __init__(self, handlers: Mapping[str, SubgraphHandler], *, timeout_seconds: float = 10.0) -> None:
        self._handlers = handlers
        self._timeout_seconds = timeout_seconds

    async def fetch(self, subgraph: str, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """See `Transport.fetch`."""
        handler = self._handlers.get(subgraph)
        if handler is None:
            raise SubgraphUnavailable(subgraph, "it does not run in this process")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await handler.execute(request, headers)
        except TimeoutError as error:
            raise SubgraphUnavailable(subgraph, "TimeoutError") from error
        except Exception as error:
            log.exception("subgraph_failed", subgraph=subgraph)
            raise SubgraphUnavailable(subgraph, type(error).__name__) from error

    async def check(self, subgraph: str) -> None:
        """Present handlers are ready once started."""
        if subgraph not in self._handlers:
            raise SubgraphUnavailable(subgraph, "it does not run in this process")

    async def close(self) -> None:
        """Nothing to close: the handlers belong to whoever made them."""
