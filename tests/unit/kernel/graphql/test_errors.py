"""Which errors are told to the caller, and which are ours: masked, and logged once."""

from typing import Any

import pytest
import strawberry
import structlog
from structlog.testing import LogCapture

from kernel.database import Database
from kernel.errors import BadUserInput
from kernel.graphql import Subgraph, SubgraphSchema
from kernel.subgraph import GraphQLRequest
from tests.factories.tokens import TokenFactory


@strawberry.type
class Query:
    @strawberry.field
    def pieces(self) -> int | None:
        return "secret-4711"  # pyright: ignore[reportReturnType]

    @strawberry.field
    def half(self, of: int) -> int | None:
        if of % 2:
            raise BadUserInput("must be even", field=("of",))
        return of // 2

    @strawberry.field
    def broken(self) -> int | None:
        raise LookupError("secret-4711")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> LogCapture:
    """Of the schema's own logger, which a process of an earlier test may have bound for good."""
    captured = LogCapture()
    own = structlog.wrap_logger(structlog.ReturnLogger(), processors=[captured], wrapper_class=structlog.BoundLogger)
    monkeypatch.setattr("kernel.graphql.schema.log", own)
    return captured


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
def subgraph(request: pytest.FixtureRequest) -> Subgraph:
    database = Database("postgresql://nobody@localhost/nothing")
    verifier = TokenFactory().verifier()
    return Subgraph(
        "test", SubgraphSchema(query=Query), database=database, verifier=verifier, compiled_execution=request.param
    )


async def errors_of(subgraph: Subgraph, document: str, **variables: Any) -> list[tuple[str, Any]]:
    answer: Any = await subgraph.execute(GraphQLRequest(document, variables), {})
    return [(error["message"], error["extensions"]["code"]) for error in answer["errors"]]


async def test_a_value_that_its_scalar_refuses_is_our_error_and_is_not_shown(subgraph: Subgraph, logged: LogCapture):
    assert await errors_of(subgraph, "{ pieces }") == [("internal error", "INTERNAL")]

    assert [entry["event"] for entry in logged.entries] == ["resolver_failed"]


async def test_an_unexpected_exception_is_our_error_and_is_not_shown(subgraph: Subgraph, logged: LogCapture):
    assert await errors_of(subgraph, "{ broken }") == [("internal error", "INTERNAL")]

    assert [(entry["event"], entry["error"]) for entry in logged.entries] == [("resolver_failed", "LookupError")]


async def test_what_the_caller_did_wrong_is_told_and_not_logged(subgraph: Subgraph, logged: LogCapture):
    refused = await errors_of(subgraph, "{ half(of: 3) }")
    (coerced,) = await errors_of(subgraph, "query($of: Int!) { half(of: $of) }", of="two")
    (unknown,) = await errors_of(subgraph, "{ nothing }")

    assert refused == [("must be even", "BAD_USER_INPUT")]
    assert (coerced[1], unknown[1]) == ("BAD_USER_INPUT", "BAD_USER_INPUT")
    assert "$of" in coerced[0]
    assert logged.entries == []
