"""The router in the same process, seen by the BFFs as an upstream: same endpoint, no socket."""

from collections.abc import Mapping

from bff.session.graphql_proxy import AnswerParts, DirectCall
from router.gateway import Router
from router.http import GraphQLEndpoint, HttpRequest


def direct_graph(router: Router) -> DirectCall:
    """A call that answers as `POST /graphql` of the router's own port would: status, headers, body."""
    endpoint = GraphQLEndpoint(router)

    async def call(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes | AnswerParts]:
        async def sent() -> bytes:
            return body

        named = {name.lower(): value for name, value in headers.items()}
        answer = await endpoint.answer(HttpRequest("POST", named, sent))
        return answer.status, dict(answer.headers), answer.content

    return call
