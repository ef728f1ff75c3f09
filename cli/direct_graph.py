"""The router in the same process, seen by the web BFF as an upstream: same endpoint, no socket."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Message

from bff.session.graphql_proxy import AnswerParts, DirectCall
from router.gateway import Router
from router.http import GraphQLEndpoint
from router.multipart import MultipartResponse


def direct_graph(router: Router) -> DirectCall:
    """A call that answers as `POST /graphql` of the router's own port would: status, headers, body."""
    endpoint = GraphQLEndpoint(router)

    async def call(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes | AnswerParts]:
        response = await endpoint.answer(_request(body, headers))
        content = response.chunks if isinstance(response, MultipartResponse) else bytes(response.body)
        return response.status_code, dict(response.headers), content

    return call


def _request(body: bytes, headers: Mapping[str, str]) -> Request:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
