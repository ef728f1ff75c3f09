"""What nobody expected is logged once, however many fields it fails."""

import strawberry
from structlog.testing import capture_logs

from kernel.graphql import SubgraphSchema
from kernel.graphql.execution import CompiledSchema

OUTAGE = ConnectionError("no database")


def fail() -> str | None:
    raise OUTAGE


def fail_otherwise() -> str | None:
    raise KeyError("other")


@strawberry.type
class Query:
    first: str | None = strawberry.field(resolver=fail)
    second: str | None = strawberry.field(resolver=fail)
    other: str | None = strawberry.field(resolver=fail_otherwise)


async def test_an_exception_that_fails_several_fields_is_logged_once_with_the_first():
    with capture_logs() as logs:
        result = await CompiledSchema(SubgraphSchema(query=Query)).execute("{ first second other }")

    assert [error.path for error in result.errors or ()] == [["first"], ["second"], ["other"]]
    assert sorted((log["error"], log["path"]) for log in logs) == [
        ("ConnectionError", ["first"]),
        ("KeyError", ["other"]),
    ]
