"""Executes one operation by graphql-core and compiled, and demands the same answer."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
    print_ast,
    validate,
)
from strawberry import Schema

from kernel.graphql.execution import CompiledExecutor, CompiledSchema, Fallback
from tests.factories.graphql_core_schemas import Journal
from tests.factories.graphql_differences import Case, Failure, by_graphql_core


class CompiledCases:
    """The compiled executor as the differential cases want it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.executor = CompiledExecutor(schema)

    def prepared(self, case: Case) -> Case:
        return case

    def expected(self, case: Case, journal: Journal) -> Any:
        return by_graphql_core(case, journal)

    async def execute(self, case: Case, journal: Journal) -> ExecutionResult:
        return await self.executor.execute(
            case.document,
            root_value=case.root,
            context_value=journal,
            variable_values=case.variables,
            operation_name=case.operation_name,
        )

    def leaves_to_graphql_core(self, case: Case) -> bool:
        return isinstance(self.executor.compiled(case.document, case.operation_name, case.variables), Fallback)


class CompiledTexts:
    """The same for texts, with parsing and validation: the compiled Strawberry schema against Strawberry's own."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.plain: Schema = schema.extensions["strawberry-definition"]
        self.compiled = CompiledSchema(self.plain)

    def prepared(self, case: Case) -> Case:
        """The locations of errors are those of the printed text."""
        return replace(case, document=parse(print_ast(case.document)))

    def expected(self, case: Case, journal: Journal) -> Any:
        return self.plain.execute(
            print_ast(case.document), case.variables, journal, case.root, operation_name=case.operation_name
        )

    async def execute(self, case: Case, journal: Journal) -> Any:
        return await self.compiled.execute(
            print_ast(case.document), case.variables, journal, case.root, operation_name=case.operation_name
        )

    def leaves_to_graphql_core(self, case: Case) -> bool:
        if validate(case.schema, case.document):
            return True
        plan = self.compiled.executor.compiled(case.document, case.operation_name, case.variables)
        return isinstance(plan, Fallback)


async def answer_of_both(
    schema: GraphQLSchema,
    operation: str | DocumentNode,
    root: object = None,
    *,
    variables: Mapping[str, object] | None = None,
    name: str | None = None,
    fallbacks: Mapping[str, int] | None = None,
) -> ExecutionResult:
    """The answer, after checking that it is graphql-core's; compiled, unless `fallbacks` says why not."""
    document = parse(operation) if isinstance(operation, str) else operation
    executor = CompiledExecutor(schema)

    expected: Any = execute(schema, document, root, variable_values=dict(variables or {}), operation_name=name)
    expected = await expected if inspect.isawaitable(expected) else expected
    got = await executor.execute(document, root_value=root, variable_values=variables, operation_name=name)

    assert repr(got.data) == repr(expected.data)
    assert list(map(Failure.of, got.errors or ())) == list(map(Failure.of, expected.errors or ()))
    assert dict(executor.statistics.fallbacks) == (fallbacks or {})
    return got


def messages(result: ExecutionResult) -> list[str]:
    return [error.message for error in result.errors or ()]


def schema_with(sdl: str, **resolvers: Callable[..., object]) -> GraphQLSchema:
    """A schema whose root fields have the resolvers named like them."""
    schema = build_schema(sdl)
    for name, resolver in resolvers.items():
        for root in (schema.query_type, schema.mutation_type):
            if root is not None and name in root.fields:
                root.fields[name].resolve = resolver
    return schema


def with_enum_values(schema: GraphQLSchema, name: str, **values: object) -> GraphQLSchema:
    """Give an enum of the schema values of Python."""
    enum = schema.type_map[name]
    assert isinstance(enum, GraphQLEnumType)
    for key, value in values.items():
        enum.values[key].value = value
    enum.__dict__.pop("_value_lookup", None)
    return schema
