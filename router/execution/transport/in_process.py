"""Subgraphs of the same process, called without a network; failures look like those of the network."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import Final

from kernel.answer_headers import sent_headers
from kernel.subgraph import JsonObject, SubgraphHandler
from kernel.telemetry import get_logger
from router.execution.transport.answers import is_graphql
from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.traffic import Traffic

log = get_logger(__name__)
_TIMEOUT_SECONDS: Final = 10.0


class InProcessTransport:
    """Calls the handlers of subgraphs that live in this process; their owner starts and stops them.

    `kept_headers` (lower case) of their answers are brought back.
    """

    def __init__(
        self,
        handlers: Mapping[str, SubgraphHandler],
        traffic: Mapping[str, Traffic] | None = None,
        kept_headers: Collection[str] = (),
    ) -> None:
        self._handlers = handlers
        self._kept_headers = frozenset(kept_headers)
        self._timeouts = {name: rules.timeout_seconds for name, rules in (traffic or {}).items()}

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`; who waits longer than the deadline cancels the call, so no header has to tell it."""
        handler = self._handlers.get(call.subgraph)
        if handler is None:
            raise SubgraphUnavailable(call.subgraph, "it does not run in this process", Failure.UNKNOWN)
        try:
            async with asyncio.timeout(self._timeouts.get(call.subgraph, _TIMEOUT_SECONDS)):
                with sent_headers() as sent:
                    body = await handler.execute(call.request, {**call.headers, **call.trace.headers()})
        except TimeoutError as error:
            raise SubgraphUnavailable(call.subgraph, "no answer in time", Failure.TIME_OUT) from error
        except Exception as error:
            log.exception("subgraph_failed", subgraph=call.subgraph)
            raise SubgraphUnavailable(call.subgraph, type(error).__name__, Failure.CRASH) from error
        if not is_graphql(body):
            raise SubgraphUnavailable(call.subgraph, "this is no GraphQL answer", Failure.NOT_GRAPHQL)
        return SubgraphAnswer(body, headers=[pair for pair in sent if pair[0] in self._kept_headers])

    async def subscribe(self, call: SubgraphCall) -> AsyncGenerator[JsonObject]:
        """See `Transport.subscribe`."""
        handler = self._handlers.get(call.subgraph)
        if handler is None:
            raise SubgraphUnavailable(call.subgraph, "it does not run in this process", Failure.UNKNOWN)
        async with aclosing(handler.subscribe(call.request, {**call.headers, **call.trace.headers()})) as results:
            try:
                async for result in results:
                    yield result
            except Exception as error:
                log.exception("subgraph_failed", subgraph=call.subgraph)
                raise SubgraphUnavailable(call.subgraph, type(error).__name__, Failure.CRASH) from error

    async def check(self, subgraph: str) -> None:
        """Present handlers are ready once started."""
        if subgraph not in self._handlers:
            raise SubgraphUnavailable(subgraph, "it does not run in this process", Failure.UNKNOWN)

    async def close(self) -> None:
        """Nothing to close: the handlers belong to whoever made them."""
