"""The layers around a transport, per subgraph: what is the same for every way to reach one, and what a network adds."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Final

from kernel.subgraph import JsonObject
from router.execution.transport.breaker import CircuitBreaker
from router.execution.transport.bulkhead import Bulkhead
from router.execution.transport.protocol import (
    Failure,
    Lane,
    SubgraphAnswer,
    SubgraphCall,
    SubgraphUnavailable,
    Transport,
)
from router.execution.transport.retries import Retrying
from router.execution.transport.sharing import SharedQueries
from router.execution.transport.traffic import Traffic

_DEFAULT: Final = Traffic()


class LayeredTransport:
    """A transport whose every subgraph has a lane of its own."""

    def __init__(self, wire: Transport, lanes: Mapping[str, Lane]) -> None:
        self._wire = wire
        self._lanes = lanes

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        lane = self._lanes.get(call.subgraph)
        if lane is None:
            raise SubgraphUnavailable(call.subgraph, "the router does not know it", Failure.UNKNOWN)
        return await lane.fetch(call)

    def subscribe(self, call: SubgraphCall) -> AsyncGenerator[JsonObject]:
        """See `Transport.subscribe`; the layers are for calls that end soon."""
        return self._wire.subscribe(call)

    async def check(self, subgraph: str) -> None:
        """See `Transport.check`; no layer is in its way."""
        await self._wire.check(subgraph)

    async def close(self) -> None:
        """See `Transport.close`."""
        await self._wire.close()


def guarded(wire: Transport, subgraphs: Iterable[str], traffic: Mapping[str, Traffic]) -> LayeredTransport:
    """Breaker and bulkhead, for subgraphs of this process."""
    return LayeredTransport(wire, {name: _guarded(wire, name, traffic.get(name, _DEFAULT)) for name in subgraphs})


def resilient(wire: Transport, subgraphs: Iterable[str], traffic: Mapping[str, Traffic]) -> LayeredTransport:
    """Breaker and bulkhead, and around them retries and sharing, for subgraphs behind a network."""
    return LayeredTransport(wire, {name: _resilient(wire, name, traffic.get(name, _DEFAULT)) for name in subgraphs})


def _guarded(wire: Lane, subgraph: str, traffic: Traffic) -> Lane:
    lane: Lane = Bulkhead(wire, subgraph, traffic.bulkhead)
    return CircuitBreaker(lane, subgraph, traffic) if traffic.breaker is not None else lane


def _resilient(wire: Lane, subgraph: str, traffic: Traffic) -> Lane:
    lane = _guarded(wire, subgraph, traffic)
    if traffic.retries.count:
        lane = Retrying(lane, subgraph, traffic.retries)
    return SharedQueries(lane, subgraph) if traffic.shares_queries else lane
