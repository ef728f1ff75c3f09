"""The compiled executor answers as graphql-core does: random schemas, values and operations."""

import logging
import os
from collections import Counter

import pytest
from graphql import validate

from tests.factories.executors import CompiledCases, CompiledTexts
from tests.factories.graphql_cases import CASES_PER_SCHEMA, Kind, Neighbourhood, case_of, first_difference

#: cases of one run; the environment asks for more, and elsewhere than from 0
CASES = int(os.environ.get("RETAILFLOW_DIFFERENTIAL_CASES", "20000"))
FIRST = int(os.environ.get("RETAILFLOW_DIFFERENTIAL_FIRST", "0"))
SHARDS = 10


def shard(number: int, share: float) -> range:
    """Whole schemas, so that a number stands for the same case in every run."""
    size = max(1, round(CASES * share / SHARDS / CASES_PER_SCHEMA)) * CASES_PER_SCHEMA
    return range(FIRST + number * size, FIRST + (number + 1) * size)


@pytest.mark.parametrize("number", range(SHARDS))
async def test_any_schema_is_executed_as_graphql_core_does(number: int):
    report = await first_difference("core", shard(number, 0.7), CompiledCases)

    assert report is None, report


@pytest.mark.parametrize("number", range(SHARDS))
async def test_a_strawberry_schema_is_executed_as_graphql_core_does(number: int):
    report = await first_difference("strawberry", shard(number, 0.3), CompiledCases)

    assert report is None, report


async def test_a_text_is_executed_as_strawberry_does(monkeypatch: pytest.MonkeyPatch):
    """Fewer, as validation takes most of the time."""
    # each error would be logged with its stack
    monkeypatch.setattr(logging.getLogger("strawberry.execution"), "disabled", True)

    report = await first_difference("strawberry", shard(SHARDS, 0.1), CompiledTexts)

    assert report is None, report


@pytest.mark.parametrize("kind", ["core", "strawberry"])
def test_most_random_operations_are_valid_and_compiled(kind: Kind):
    """Else the tests above would compare graphql-core with itself."""
    outcomes: Counter[str] = Counter()

    for number in range(8):
        neighbourhood = Neighbourhood.of(kind, number)
        tested = CompiledCases(neighbourhood.schema)
        for seed in range(number * CASES_PER_SCHEMA, (number + 1) * CASES_PER_SCHEMA):
            case, _ = case_of(neighbourhood, kind, seed)
            # a variable may be left over from an argument that was thrown away: no harm to an executor
            errors = [error for error in validate(case.schema, case.document) if "is never used" not in error.message]
            outcomes["valid"] += not errors
            outcomes["compiled"] += not tested.leaves_to_graphql_core(case)

    assert outcomes["valid"] > 185
    assert outcomes["compiled"] > 180
