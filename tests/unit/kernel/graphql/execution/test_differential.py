"""The compiled executor answers as graphql-core does: random schemas, values and operations."""

import os
from collections.abc import Awaitable

import pytest
from graphql import ExecutionResult, GraphQLSchema

from kernel.graphql.execution import CompiledExecutor
from tests.factories.graphql_cases import CASES_PER_SCHEMA, first_difference
from tests.factories.graphql_core_schemas import Journal
from tests.factories.graphql_differences import Case, Execute

#: cases of one run; the environment asks for more, and elsewhere than from 0
CASES = int(os.environ.get("RETAILFLOW_DIFFERENTIAL_CASES", "20000"))
FIRST = int(os.environ.get("RETAILFLOW_DIFFERENTIAL_FIRST", "0"))
SHARDS = 10


def compiled(schema: GraphQLSchema) -> Execute:
    executor = CompiledExecutor(schema)

    def execute(case: Case, journal: Journal) -> Awaitable[ExecutionResult]:
        return executor.execute(
            case.document,
            root_value=case.root,
            context_value=journal,
            variable_values=case.variables,
            operation_name=case.operation_name,
        )

    return execute


def shard(number: int, share: float) -> range:
    """Whole schemas, so that a number stands for the same case in every run."""
    size = max(1, round(CASES * share / SHARDS / CASES_PER_SCHEMA)) * CASES_PER_SCHEMA
    return range(FIRST + number * size, FIRST + (number + 1) * size)


@pytest.mark.parametrize("number", range(SHARDS))
async def test_any_schema_is_executed_as_graphql_core_does(number: int):
    report = await first_difference("core", shard(number, 0.7), compiled)

    assert report is None, report


@pytest.mark.parametrize("number", range(SHARDS))
async def test_a_strawberry_schema_is_executed_as_graphql_core_does(number: int):
    report = await first_difference("strawberry", shard(number, 0.3), compiled)

    assert report is None, report
