"""POST /graphql of a till: from an enrolled device, in the name of whoever is at work at it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.pos.parts import pos_parts_of
from bff.session.routes.graph import answered, require_graphql_request
from bff.session.watch import Grounds
from kernel.event_stream import wants_events


async def graphql(request: Request) -> Response:
    """Forward one GraphQL request of the person at work; what takes its time ends with the till or the session."""
    require_graphql_request(request)
    parts = pos_parts_of(request)
    device = await parts.gate.proven(request)
    session_id = parts.cookies.session_id_of(request) or ""
    if wants_events(request.headers.get("accept")):
        session = await parts.till_sessions.waiting_for_events(device, session_id)
    else:
        session = await parts.till_sessions.at_work(device, session_id)

    async def is_enrolled() -> bool:
        return await parts.gate.devices.find(device.tenant_id, device.id) is not None

    at_work, who = parts.tills.key_at_work(device.id, session_id)
    keys = {parts.store.key_of(session_id): None, at_work: who}
    grounds = Grounds(session_id, keys, until=session.access_expires_at, holds=is_enrolled)
    return await answered(request, session, grounds)


ROUTES: Final = (Route("/graphql", graphql, methods=["GET", "POST"]),)
