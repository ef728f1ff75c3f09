"""The REST endpoints and their description, served from the operations of `schema/operations/rest`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bff.session.csrf import require_same_site_request
from bff.session.graphql_proxy import forward
from bff.session.parts import parts_of
from bff.web.rest.answered import response_of
from bff.web.rest.asked import variables_of
from bff.web.rest.description import Contract, Description
from bff.web.rest.endpoints import ENDPOINTS, Endpoint
from bff.web.rest.problems import ProblemError, Refused, domain_problem, problem_of
from kernel.errors import DomainError, Unavailable
from kernel.telemetry import bind_tenant

DESCRIPTION_PATH: Final = "/api/openapi.json"
_KEPT: Final = ("accept-language",)


def routes(description: Path, operations: Path) -> Sequence[BaseRoute]:
    """The routes of every path, and of the description itself.

    Raises:
        OSError, NotDescribed: a file is missing, or older than the endpoints.
    """
    described = Description(description)
    by_path: dict[str, dict[str, _Served]] = {}
    for endpoint in ENDPOINTS:
        served = _Served(endpoint, described.contract_of(endpoint), operations)
        for path in endpoint.paths:
            by_path.setdefault(path, {})[endpoint.method] = served

    async def openapi(_request: Request) -> Response:
        return Response(described.text, media_type="application/json", headers={"cache-control": "no-cache"})

    return [Route(DESCRIPTION_PATH, openapi), *(_route(path, methods) for path, methods in by_path.items())]


def _route(path: str, methods: Mapping[str, "_Served"]) -> Route:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        served = methods.get(method)
        if served is None:
            refusal = problem_of(ProblemError(405, [Refused("METHOD_NOT_ALLOWED", "not with this method")]))
            refusal.headers["allow"] = ", ".join(sorted({*methods, *({"HEAD"} if "GET" in methods else ())}))
            return refusal
        try:
            return await served.answer(request)
        except ProblemError as error:
            return problem_of(error)
        except DomainError as error:
            return problem_of(domain_problem(error))

    route = Route(path, answer, methods=["GET"])
    # which methods there are is said with the path's own Allow, and as a problem
    route.methods = None
    return route


class _Served:
    """One endpoint, ready to answer."""

    def __init__(self, endpoint: Endpoint, contract: Contract, operations: Path) -> None:
        self._endpoint = endpoint
        self._contract = contract
        self._document = (operations / f"{endpoint.operation}.graphql").read_text(encoding="utf-8")

    async def answer(self, request: Request) -> Response:
        parts = parts_of(request)
        require_same_site_request(request.headers, *parts.settings.script_origins)
        session = await parts.sessions.find(parts.cookies.session_id_of(request))
        bind_tenant(session.tenant_id)
        variables = await variables_of(request, self._endpoint, self._contract)
        body = orjson.dumps({"query": self._document, "variables": variables})
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        answer = await forward(parts.upstream, session, body, {**headers, "accept": "application/json"})
        if not isinstance(answer.body, bytes):
            await answer.body.aclose()
            raise Unavailable("the graph answers in parts")
        return response_of(request, self._endpoint, answer)
