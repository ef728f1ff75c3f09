"""POST /graphql: the browser's cookie becomes the router's bearer token."""

from collections.abc import Callable, Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bff.session.csrf import is_json, require_same_site_request
from bff.session.graphql_proxy import AnswerParts, forward
from bff.session.model import EXPLORE_SCOPE, Session
from bff.session.parts import parts_of
from kernel.telemetry import bind_tenant


async def graphql(request: Request) -> Response:
    """Forward one GraphQL request in the name of the session."""
    require_graphql_request(request)
    parts = parts_of(request)
    session = await parts.sessions.find(parts.cookies.session_id_of(request))
    return await answered(request, session)


def require_graphql_request(request: Request) -> None:
    """Refuse what our own pages do not send.

    Raises:
        HTTPException: not posted, or not JSON.
        Forbidden: see `require_same_site_request`.
    """
    content_type = request.headers.get("content-type")
    if not is_json(content_type) and (request.method == "POST" or content_type is not None):
        raise HTTPException(415, "the body must be application/json")
    require_same_site_request(request.headers, *parts_of(request).settings.script_origins)
    if request.method != "POST":
        raise HTTPException(405, "GraphQL is asked by POST", headers={"allow": "POST"})


async def answered(
    request: Request, session: Session, watch: Callable[[AnswerParts], AnswerParts] | None = None
) -> Response:
    """The graph's answer in the name of `session`; one in parts goes through `watch`, which may end it early.

    Raises:
        DomainError: the document is none that this session may have executed, see `TrustedDocuments.admitted`.
    """
    bind_tenant(session.tenant_id)
    parts = parts_of(request)
    allows_any = parts.settings.allows_any_document or EXPLORE_SCOPE in session.scopes
    body = parts.documents.admitted(await request.body(), allows_any=allows_any)
    answer = await forward(parts.upstream, session, body, request.headers)
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, dict(answer.headers))
    return _InParts(watch(answer.body) if watch is not None else answer.body, answer.status, dict(answer.headers))


class _InParts(StreamingResponse):
    """Passes parts on as they come; a browser that leaves ends the work behind them."""

    def __init__(self, parts: AnswerParts, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(parts, status, headers)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._parts.aclose()


ROUTES: Final = (Route("/graphql", graphql, methods=["GET", "POST"]),)
