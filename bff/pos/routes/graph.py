"""POST /graphql of a till: from an enrolled device, in the name of whoever is at work at it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.pos.parts import pos_parts_of
from bff.pos.watched import WatchedParts
from bff.session.graphql_proxy import AnswerParts
from bff.session.routes.graph import answered, require_graphql_request
from kernel.errors import Unavailable


async def graphql(request: Request) -> Response:
    """Forward one GraphQL request of the person at work; an answer in parts ends with the till or the session."""
    require_graphql_request(request)
    parts = pos_parts_of(request)
    device = await parts.gate.proven(request)
    session_id = parts.cookies.session_id_of(request) or ""
    session = await parts.till_sessions.at_work(device, session_id)

    async def still_holds() -> bool:
        try:
            is_enrolled = await parts.gate.devices.find(device.tenant_id, device.id) is not None
            return is_enrolled and await parts.store.is_alive(session_id)
        except Unavailable:
            return False

    def watch(answer: AnswerParts) -> AnswerParts:
        return WatchedParts(answer, still_holds)

    return await answered(request, session, watch)


ROUTES: Final = (Route("/graphql", graphql, methods=["GET", "POST"]),)
