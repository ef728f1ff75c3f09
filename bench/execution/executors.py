"""An operation as each executor runs it: graphql-core, Strawberry, and ours on the schemas of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLResolveInfo, GraphQLSchema, build_schema, execute, parse
from strawberry.extensions import ParserCache, ValidationCache

from bench.execution.alternating import Way
from kernel.graphql.execution import CompiledExecutor, CompiledSchema

Resolver = Callable[..., Any]


def with_caches(query: type, **options: Any) -> strawberry.Schema:
    """Strawberry as its documentation tunes it."""
    return strawberry.Schema(query, extensions=[ParserCache, ValidationCache], **options)


def core_schema(sdl: str, resolvers: Mapping[str, Mapping[str, Resolver]]) -> GraphQLSchema:
    """A schema of graphql-core whose other fields are attributes; objects name their own type."""
    schema = build_schema(sdl, assume_valid=True)
    for type_name, fields in resolvers.items():
        for name, resolver in fields.items():
            schema.type_map[type_name].fields[name].resolve = resolver
    for abstract in schema.type_map.values():
        if hasattr(abstract, "resolve_type"):
            abstract.resolve_type = type_name_of
    return schema


def type_name_of(value: object, _info: GraphQLResolveInfo, _abstract: object) -> str:
    return type(value).__name__


def data_of(result: Any) -> object:
    """The data; an answer with errors is not worth timing."""
    if result.errors:
        raise result.errors[0]
    return result.data


@dataclass(frozen=True, slots=True)
class Operation:
    """What every executor gets: text, and what makes variables and context of one request."""

    query: str
    variables: Callable[[], dict[str, Any] | None] = lambda: None
    context: Callable[[], Any] = lambda: None


def by_strawberry(schema: strawberry.Schema, operation: Operation) -> Way:
    async def way() -> object:
        result = await schema.execute(
            operation.query, variable_values=operation.variables(), context_value=operation.context()
        )
        return data_of(result)

    return way


def by_core(schema: GraphQLSchema, operation: Operation) -> Way:
    """The document is parsed and validated beforehand, as a server with a cache would."""
    document = parse(operation.query)

    async def way() -> object:
        result = execute(schema, document, variable_values=operation.variables(), context_value=operation.context())
        return data_of(result if isinstance(result, ExecutionResult) else await result)

    return way


def compiled(schema: strawberry.Schema, operation: Operation) -> Way:
    """Ours on a Strawberry schema, from the operation's text."""
    ours = CompiledSchema(schema)

    async def way() -> object:
        result = await ours.execute(
            operation.query, variable_values=operation.variables(), context_value=operation.context()
        )
        return data_of(result)

    return way


def compiled_core(schema: GraphQLSchema, operation: Operation) -> Way:
    """Ours on a schema of graphql-core, from the document."""
    document, ours = parse(operation.query), CompiledExecutor(schema)

    async def way() -> object:
        result = await ours.execute(document, variable_values=operation.variables(), context_value=operation.context())
        return data_of(result)

    return way
