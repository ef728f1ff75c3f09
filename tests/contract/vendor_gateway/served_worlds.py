"""The subgraphs of random graphs over HTTP, each at /number/name."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.subgraph import GraphQLRequest
from tests.factories.federated.case import Federated
from tests.factories.served import served


@asynccontextmanager
async def served_worlds(worlds: Mapping[int, Federated]) -> AsyncGenerator[str]:
    """The URL below which they listen until the block ends; each operation, told by `x-operation`, begins afresh."""
    last: dict[int, str] = {}

    async def answer(request: Request) -> Response:
        number = request.path_params["number"]
        operation = request.headers["x-operation"]
        if last.get(number) != operation:
            worlds[number].forget()
            last[number] = operation
        subgraph = worlds[number].subgraphs[request.path_params["name"]]
        asked = orjson.loads(await request.body())
        told = await subgraph.execute(GraphQLRequest(asked["query"], asked.get("variables")), {})
        return Response(orjson.dumps(told), media_type="application/json")

    async with served(Starlette(routes=[Route("/{number:int}/{name}", answer, methods=["POST"])])) as url:
        yield url
