"""Values that an encoder writes by itself stay what they are, if they are written as their scalar would."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from kernel.graphql.execution import CompiledSchema
from kernel.graphql.types import SCALARS, is_utc

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
EXACT = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
IN_TOKYO = datetime(2026, 1, 31, 21, tzinfo=timezone(timedelta(hours=9)))


@strawberry.type
class Times:
    at: datetime
    maybe: datetime | None
    many: list[datetime]


@strawberry.type
class Query:
    @strawberry.field
    def times(self) -> list[Times]:
        return [
            Times(at=NOON, maybe=None, many=[EXACT, IN_TOKYO]),
            Times(at=IN_TOKYO, maybe=EXACT, many=[]),
            Times(at="soon", maybe="later", many=[NOON]),  # pyright: ignore[reportArgumentType]
        ]


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))


async def encoded(schema: CompiledSchema) -> tuple[bytes, list[Any]]:
    result = await schema.execute("{ times { maybe many } first: times { at } }")
    return orjson.dumps(result.data, option=orjson.OPT_UTC_Z), result.errors or []


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture):
    caplog.set_level("CRITICAL", logger="strawberry.execution")


async def test_the_bytes_are_those_of_values_made_text_before():
    as_text, errors = await encoded(CompiledSchema(SCHEMA))
    left, other_errors = await encoded(CompiledSchema(SCHEMA, left_to_encoder={"DateTime": is_utc}))

    assert left == as_text
    assert [error.formatted for error in other_errors] == [error.formatted for error in errors]
    assert len(errors) == 2


async def test_only_values_that_need_no_change_are_left():
    schema = CompiledSchema(SCHEMA, left_to_encoder={"DateTime": is_utc})

    result = await schema.execute("{ times { maybe } }")

    assert result.data == {"times": [{"maybe": None}, {"maybe": EXACT}, {"maybe": None}]}
    assert schema.statistics.fallbacks == {}
