"""Subscriptions of a subgraph: each event reads the present state anew, for a caller who is verified anew."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from inspect import isawaitable
from typing import cast

import graphql
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from kernel.errors import BadUserInput, DomainError, Unauthenticated
from kernel.graphql.context import RequestContext
from kernel.graphql.schema import SubgraphSchema
from kernel.identity import TokenVerifier
from kernel.subgraph import GraphQLRequest
from kernel.verified import while_verified


class Subscriptions:
    """Runs subscriptions with graphql-core; they are few operations that last long, so nothing of them is compiled."""

    def __init__(self, schema: SubgraphSchema) -> None:
        self._schema = schema
        self._graphql_schema = schema._schema  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def results(
        self, request: GraphQLRequest, headers: Mapping[str, str], context: RequestContext, *, verifier: TokenVerifier
    ) -> AsyncGenerator[ExecutionResult]:
        """The results, until the subscription ends or the caller does not pass `verifier` any more.

        The caller is verified with each event, and every five seconds without one.

        Raises:
            BadUserInput: this is no subscription.
        """
        document = self._document(request)
        asked: object = graphql.subscribe(  # pyright: ignore[reportUnknownMemberType]
            self._graphql_schema,
            document,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation_name,
        )
        subscribed: object = await asked if isawaitable(asked) else asked
        if isinstance(subscribed, ExecutionResult):
            yield self._reported(subscribed)
            return
        source = cast("AsyncGenerator[ExecutionResult]", subscribed)

        async def verify() -> None:
            if await verifier.principal_of(headers) != context.principal:
                raise Unauthenticated("the caller's rights have changed: subscribe again")

        try:
            async with aclosing(while_verified(source, verify)) as results:
                async for result in results:
                    yield self._reported(result)
                    await context.rest()
        except DomainError as error:
            yield ExecutionResult(None, [GraphQLError(error.message, path=_root_of(document), original_error=error)])

    def _document(self, request: GraphQLRequest) -> DocumentNode:
        try:
            document = parse(request.query)
        except GraphQLError as error:
            raise BadUserInput(error.message, field=("query",)) from None
        errors = validate(self._graphql_schema, document)
        if errors:
            raise BadUserInput(errors[0].message, field=("query",))
        kinds = {node.operation for node in document.definitions if isinstance(node, OperationDefinitionNode)}
        if kinds != {OperationType.SUBSCRIPTION}:
            raise BadUserInput("only subscriptions are answered as event streams", field=("query",))
        return document

    def _reported(self, result: ExecutionResult) -> ExecutionResult:
        if result.errors:
            self._schema.process_errors(result.errors)
        return result


def _root_of(document: DocumentNode) -> list[str | int]:
    """Where the only root field is in the answer, so that its error is told once."""
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            for field in node.selection_set.selections:
                if isinstance(field, FieldNode):
                    return [field.alias.value if field.alias is not None else field.name.value]
    return []
