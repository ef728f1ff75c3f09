"""GraphQL over HTTP (the 2025 draft): media types, status codes, and GET only for queries that need a preflight."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from kernel.event_stream import EVENT_STREAM_HEADERS, EventStream, wants_events
from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from kernel.telemetry import current_request_id
from router.compression import compressed, packer
from router.configuration import Compression
from router.execution.errors import graphql_error
from router.gateway import Router, RouterResponse
from router.multipart import Chunks, content_type, in_parts, incremental_format
from router.pipeline.refusal import BAD_USER_INPUT, NOT_ACCEPTABLE, RequestRefused

_JSON: Final = "application/json"
_GRAPHQL_JSON: Final = "application/graphql-response+json"
_ANY: Final = frozenset({"*/*", "application/*"})
_BAD_REQUEST: Final = 400
_PREFLIGHTING: Final = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name", "x-csrf")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What the endpoint reads of a request: names of headers in lower case, and the body when it is wanted."""

    method: str
    headers: Mapping[str, str]
    body: Callable[[], Awaitable[bytes]]
    query: bytes = b""


@dataclass(slots=True)
class HttpAnswer:
    """A whole answer, or one in parts; names of headers in lower case, a name may come several times."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes | Chunks | EventStream


class GraphQLEndpoint:
    """The ASGI application of /graphql; another `router` may take over between two requests."""

    def __init__(self, router: Router, compression: Compression | None = None) -> None:
        self.router = router
        self._compression = compression

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer over ASGI."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        request = HttpRequest(scope["method"], headers, partial(_received, receive), scope["query_string"])
        answer = await self.answer(request)
        content = answer.content
        if not isinstance(content, bytes):
            await in_parts(content, answer.headers)(scope, receive, send)
            return
        sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        sent.append((b"content-length", str(len(content)).encode("ascii")))
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": content})

    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request in the media type the client accepts."""
        accept = request.headers.get("accept")
        media, incremental = _media_type(accept), incremental_format(accept)
        if media is None and incremental is not None:
            # a client that takes nothing but parts gets what has only one as it is
            media = _JSON
        if wants_events(accept) and request.method == "POST":
            return await self._events(request, media)
        if media is None:
            refusal = RequestRefused.because(f"accept {_GRAPHQL_JSON} or {_JSON}", NOT_ACCEPTABLE, 406)
            return _written(_refused(refusal), _JSON)
        try:
            sent = await _read(request)
        except RequestRefused as refusal:
            return _written(_refused(refusal), media)
        answer = await self.router.execute(
            sent, request.headers, allows_mutation=request.method == "POST", incremental=incremental
        )
        accepted = request.headers.get("accept-encoding", "")
        if answer.later is not None and incremental is not None:
            headers = [("content-type", content_type(incremental)), *answer.headers.items(), *self._passed_on(answer)]
            packs = packer(headers, accepted) if self._compression is not None else None
            return HttpAnswer(answer.status, headers, Chunks(answer.body, answer.later, packs))
        written = _written(_for_media(answer, media), media)
        written.headers += self._passed_on(answer)
        if self._compression is not None and isinstance(written.content, bytes):
            written.content = compressed(written.content, written.headers, accepted, self._compression)
        return written

    async def _events(self, request: HttpRequest, media: str | None) -> HttpAnswer:
        """A subscription as an event stream; everything else as if the client had not asked for one."""
        content = await request.body()

        async def body() -> bytes:
            return content

        try:
            sent = await _read(replace(request, body=body))
            if not self.router.is_subscription(sent):
                if media is None:
                    raise RequestRefused.because("only subscriptions are event streams", NOT_ACCEPTABLE, 406)
                others = {**request.headers, "accept": media}
                return await self.answer(replace(request, headers=others, body=body))
            results = await self.router.subscribe(sent, request.headers)
        except RequestRefused as refusal:
            return _written(_refused(refusal), media or _GRAPHQL_JSON)
        return HttpAnswer(200, [*EVENT_STREAM_HEADERS.items()], EventStream(results))

    def _passed_on(self, answer: RouterResponse) -> list[tuple[str, str]]:
        """The headers of subgraphs; what they allow to be stored is for who sends the same as this client did."""
        if not answer.received:
            return []
        return [*answer.received, ("vary", ", ".join(self.router.varies_by))]


async def _received(receive: Receive) -> bytes:
    """The body of a request.

    Raises:
        ClientDisconnect: the client has gone before it sent everything.
    """
    message = await receive()
    pieces: list[bytes] = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        pieces.append(message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return b"".join(pieces)


def _for_media(answer: RouterResponse, media: str) -> RouterResponse:
    # the older media type says 200 for every well-formed request, whatever GraphQL thinks of it (§6.4.1)
    if media == _JSON and answer.status == _BAD_REQUEST:
        return RouterResponse(200, answer.body, answer.headers)
    return answer


def _refused(refusal: RequestRefused) -> RouterResponse:
    errors: list[JsonValue] = []
    for error in refusal.errors:
        extensions = error.get("extensions")
        known: JsonObject = extensions if isinstance(extensions, dict) else {}
        errors.append({**error, "extensions": {**known, "requestId": current_request_id()}})
    headers = {"allow": "GET, POST"} if refusal.status == 405 else {}  # noqa: PLR2004 - RFC 9110 §15.5.6
    return RouterResponse(refusal.status, {"errors": errors}, headers)


def _written(answer: RouterResponse, media: str) -> HttpAnswer:
    headers = [*answer.headers.items(), ("content-type", f"{media}; charset=utf-8")]
    try:
        return HttpAnswer(answer.status, headers, orjson.dumps(answer.body))
    except TypeError:
        # a number beyond 64 bits that only a custom scalar lets through
        failed = graphql_error("the answer cannot be written as JSON", "INTERNAL")
        return HttpAnswer(500, headers, orjson.dumps({"errors": [failed]}))


# browsers and client libraries send the same few values
@lru_cache(maxsize=64)
def _media_type(accept: str | None) -> str | None:
    if not accept:
        return _JSON
    ranges = [_range(item) for item in accept.split(",")]
    for name, _ in sorted((item for item in ranges if item[1] > 0), key=lambda item: -item[1]):
        if name in {_JSON, _GRAPHQL_JSON}:
            return name
        if name in _ANY:
            return _JSON
    return None


def _range(item: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


async def _read(request: HttpRequest) -> GraphQLRequest:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "GET":
        return _read_get(request, content_type)
    if request.method != "POST":
        raise RequestRefused.because("use POST, or GET for queries", "METHOD_NOT_ALLOWED", 405)
    if content_type != _JSON:
        raise RequestRefused.because(f"the content type must be {_JSON}", "UNSUPPORTED_MEDIA_TYPE", 415)
    try:
        body: JsonValue = orjson.loads(await request.body())
    except (orjson.JSONDecodeError, RecursionError):
        raise RequestRefused.because("the body is not valid JSON") from None
    if isinstance(body, list):
        raise RequestRefused.because("batches of operations are not supported")
    if not isinstance(body, dict):
        raise RequestRefused.because("the body must be a JSON object")
    return _request_of(body)


def _read_get(request: HttpRequest, content_type: str) -> GraphQLRequest:
    if content_type and content_type != _JSON:
        raise RequestRefused.because(f"the content type must be {_JSON}", "UNSUPPORTED_MEDIA_TYPE", 415)
    if not content_type and not any(name in request.headers for name in _PREFLIGHTING):
        needed = ", ".join(_PREFLIGHTING)
        raise RequestRefused.because(f"a GET request needs the content type {_JSON} or one of the headers: {needed}")
    told = dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
    text = told.pop("variables", "")
    body: JsonObject = {**told}
    if text:
        try:
            body["variables"] = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise RequestRefused.because("variables is not valid JSON") from None
    return _request_of(body)


def _request_of(body: Mapping[str, JsonValue]) -> GraphQLRequest:
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query:
        raise RequestRefused.because("query must be a text with a GraphQL document", BAD_USER_INPUT)
    if variables is not None and not isinstance(variables, dict):
        raise RequestRefused.because("variables must be an object")
    if name is not None and not isinstance(name, str):
        raise RequestRefused.because("operationName must be a text")
    if body.get("extensions") is not None and not isinstance(body["extensions"], dict):
        raise RequestRefused.because("extensions must be an object")
    return GraphQLRequest(query, variables, name)
