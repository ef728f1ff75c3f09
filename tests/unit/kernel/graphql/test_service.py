"""What a subgraph's HTTP endpoint adds to its answers: the caller's deadline, and headers."""

import asyncio
from typing import Any

import orjson
import pytest
import strawberry

from kernel.answer_headers import send_header
from kernel.database.connection import Database
from kernel.graphql import Subgraph, SubgraphSchema
from kernel.identity import JwksSource, TokenVerifier
from tests.fakes.asgi_client import Answer, AsgiClient

_ENDED: list[str] = []


@strawberry.type
class Query:
    @strawberry.field
    async def slow(self) -> int:
        try:
            await asyncio.Event().wait()
        finally:
            _ENDED.append("slow")
        return 1

    @strawberry.field
    def marked(self) -> int:
        send_header("cache-control", "max-age=5")
        send_header("set-cookie", "a=1")
        send_header("set-cookie", "b=2")
        return 1


async def _ask(query: str, **headers: str) -> Answer:
    verifier = TokenVerifier("https://issuer.invalid", "retail-api", JwksSource("https://issuer.invalid/jwks"))
    # opened by the first statement, and there is none
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", application_name="test")
    app = Subgraph("test", SubgraphSchema(query=Query), database=database, verifier=verifier).asgi_app()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return await AsgiClient(app).request("POST", "/graphql", told, orjson.dumps({"query": query}))


async def test_work_ends_at_the_callers_deadline():
    _ENDED.clear()

    answer = await _ask("{ slow }", x_retail_deadline_ms="20")

    errors: Any = answer.json()["errors"]
    assert (answer.status, errors[0]["extensions"]["code"], _ENDED) == (504, "DEADLINE_EXCEEDED", ["slow"])


@pytest.mark.parametrize("told", ["", "soon", "-1", "1e9", "99999999999999999999"])
async def test_a_deadline_that_is_no_number_is_ignored(told):
    answer = await _ask("{ marked }", x_retail_deadline_ms=told)

    assert (answer.status, answer.json()) == (200, {"data": {"marked": 1}})


async def test_headers_that_resolvers_send_go_with_the_answer():
    answer = await _ask("{ marked }")

    assert answer.headers["cache-control"] == "max-age=5"
    assert answer.headers["set-cookie"] in {"a=1", "b=2"}
