"""POST /graphql: the browser's cookie becomes the router's bearer token; answers may be streams of events."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.session.csrf import is_json, require_same_site_request
from bff.session.graphql_proxy import forward
from bff.session.model import EXPLORE_SCOPE, Session
from bff.session.parts import parts_of
from bff.session.watch import Grounds
from bff.session.watched_parts import WatchedEvents, WatchedParts
from kernel.asgi import ClosingStream
from kernel.event_stream import EVENT_STREAM, wants_events
from kernel.telemetry import bind_tenant

# for proxies between us and the browser, which would otherwise collect events
_UNBUFFERED: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


async def graphql(request: Request) -> Response:
    """Forward one GraphQL request in the name of the session; to wait for events is no activity of a person."""
    require_graphql_request(request)
    parts = parts_of(request)
    session_id = parts.cookies.session_id_of(request) or ""
    waits = wants_events(request.headers.get("accept"))
    session = await (parts.sessions.peek(session_id) if waits else parts.sessions.find(session_id))
    grounds = Grounds(session_id, {parts.store.key_of(session_id): None}, until=session.access_expires_at)
    return await answered(request, session, grounds)


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


async def answered(request: Request, session: Session, grounds: Grounds) -> Response:
    """The graph's answer in the name of `session`; one in parts, and a stream, end when `grounds` no longer hold.

    Raises:
        DomainError: the document is none that this session may have executed, see `TrustedDocuments.admitted`.
        RateLimited: too many streams are open.
    """
    bind_tenant(session.tenant_id)
    parts = parts_of(request)
    allows_any = parts.settings.allows_any_document or EXPLORE_SCOPE in session.scopes
    body = parts.documents.admitted(await request.body(), allows_any=allows_any)
    # a place is taken before the router begins to work for it
    stream = parts.watch.begin_stream(grounds) if wants_events(request.headers.get("accept")) else None
    try:
        answer = await forward(parts.upstream, session, body, request.headers)
    except BaseException:
        parts.watch.leave(stream)
        raise
    if isinstance(answer.body, bytes):
        parts.watch.leave(stream)
        return Response(answer.body, answer.status, dict(answer.headers))
    watched = stream or parts.watch.begin(grounds)
    if answer.headers.get("content-type", "").startswith(EVENT_STREAM):
        headers = {**answer.headers, **_UNBUFFERED}
        return ClosingStream(WatchedEvents(answer.body, parts.watch, watched), answer.status, headers)
    return ClosingStream(WatchedParts(answer.body, parts.watch, watched), answer.status, dict(answer.headers))


ROUTES: Final = (Route("/graphql", graphql, methods=["GET", "POST"]),)
