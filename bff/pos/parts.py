"""The POS BFF's parts: what every BFF has, and what tills need."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import cast

from starlette.requests import Request

from bff.pos.catalogue import Catalogues
from bff.pos.devices import DeviceGate, DeviceTokens, EnrolledDevices
from bff.pos.dpop import Proofs
from bff.pos.graph import Graph
from bff.pos.settings import PosSettings
from bff.pos.till_sessions import TillSessions
from bff.pos.tills import Tills
from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.parts import SessionParts, opened


@dataclass(frozen=True, slots=True)
class PosParts(SessionParts):
    """What the routes of the POS BFF work with."""

    graph: Graph
    gate: DeviceGate
    tills: Tills
    till_sessions: TillSessions
    catalogues: Catalogues


def pos_parts_of(request: Request) -> PosParts:
    """The parts of the application that serves `request`."""
    return cast("PosParts", request.app.state.parts)


@asynccontextmanager
async def opened_pos(settings: PosSettings, upstream: GraphQLUpstream | None) -> AsyncGenerator[PosParts]:
    """The parts, with their connections; `upstream` None means the router over HTTP."""
    async with opened(settings, upstream) as shared:
        graph = Graph(shared.upstream, shared.provider)
        proofs = Proofs(shared.redis, settings.public_url, namespace=settings.kind)
        gate = DeviceGate(proofs, DeviceTokens(shared.sealer), EnrolledDevices(graph))
        tills = Tills(
            shared.redis,
            shared.sealer,
            lock_seconds=settings.till_lock_seconds,
            kept_seconds=settings.absolute_seconds,
        )
        till_sessions = TillSessions(tills, shared.store, shared.sessions, shared.provider)
        catalogues = Catalogues(graph)
        given = {field.name: getattr(shared, field.name) for field in fields(SessionParts)}
        try:
            yield PosParts(
                **given, graph=graph, gate=gate, tills=tills, till_sessions=till_sessions, catalogues=catalogues
            )
        finally:
            await catalogues.close()
            await till_sessions.close()
