"""POST /graphql: the browser's cookie becomes the router's bearer token."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.session.cookies import session_id_of
from bff.session.csrf import is_json, require_same_site_request
from bff.session.graphql_proxy import forward
from bff.web.parts import parts_of
from kernel.telemetry import bind_tenant


async def graphql(request: Request) -> Response:
    """Forward one GraphQL request in the name of the session."""
    parts = parts_of(request)
    content_type = request.headers.get("content-type")
    if not is_json(content_type) and (request.method == "POST" or content_type is not None):
        raise HTTPException(415, "the body must be application/json")
    require_same_site_request(request.headers, parts.settings.web_url)
    if request.method != "POST":
        raise HTTPException(405, "GraphQL is asked by POST", headers={"allow": "POST"})
    session = await parts.sessions.find(session_id_of(request))
    bind_tenant(session.tenant_id)
    answer = await forward(parts.upstream, session, await request.body(), request.headers)
    return Response(answer.body, answer.status, dict(answer.headers))


ROUTES: Final = (Route("/graphql", graphql, methods=["GET", "POST"]),)
