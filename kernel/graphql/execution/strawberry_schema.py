"""A Strawberry schema whose operations are compiled, answering as `schema.execute` does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, parse
from graphql.execution.values import VariableValues
from graphql.validation import specified_rules
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.schema import (
    Schema,
    StrawberryGraphQLCoreExecutionContext,
    _OperationContextAwareGraphQLResolveInfo,  # pyright: ignore[reportPrivateUsage]
    validate_document,
)
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType as AllowedOperation

from kernel.graphql.execution.cache import BoundedCache
from kernel.graphql.execution.executor import CompiledExecutor, Request
from kernel.graphql.execution.leaves import LeftToEncoder
from kernel.graphql.execution.plan import CompileLimits, Fallback, Plan, Statistics
from kernel.graphql.execution.runtime import InfoFactory

#: characters of all cached texts; a parsed document takes up to 280 bytes for each
_HEAVIEST: Final = 500_000


@dataclass(frozen=True, slots=True)
class _Document:
    """A parsed and valid document. `first` is the operation that runs when the request names none."""

    document: DocumentNode
    first: str | None
    operations: Mapping[str | None, OperationType]


class CompiledSchema:
    """Executes a Strawberry schema's operations; parsed, validated and compiled once for each text.

    What cannot be compiled, and every error before execution, is left to `schema.execute`.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        cache_size: int = 512,
        limits: CompileLimits | None = None,
        on_fallback: Callable[[Fallback], None] | None = None,
        left_to_encoder: LeftToEncoder | None = None,
    ) -> None:
        self.schema = schema
        self._executor = CompiledExecutor(
            schema._schema,  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            cache_size=cache_size,
            limits=limits,
            on_fallback=on_fallback,
            left_to_encoder=left_to_encoder,
        )
        self._documents = BoundedCache[str, _Document](most=cache_size, weight=_HEAVIEST)
        self._obstacle = _obstacle(schema)

    @property
    def statistics(self) -> Statistics:
        """Compiled operations, hits and fallbacks."""
        return self._executor.statistics

    @property
    def executor(self) -> CompiledExecutor:
        """The executor of parsed documents."""
        return self._executor

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object = None,
        root_value: object = None,
        *,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[AllowedOperation] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of one operation.

        Raises:
            MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError: as Strawberry does.
        """
        allowed = None if allowed_operation_types is None else list(allowed_operation_types)
        request = self._request(query, operation_name, allowed, (variable_values, root_value, context_value))
        if request is not None:
            make_info = _info_factory(operation_extensions)
            result = await self._executor.execute_compiled(request, make_info)
            if not isinstance(result, Fallback):
                if result.errors:
                    self._report(request, query, result.errors)
                return ExecutionResult(data=result.data, errors=result.errors, extensions={})
        return await self.schema.execute(
            query,
            variable_values=variable_values,
            context_value=context_value,
            root_value=root_value,
            operation_name=operation_name,
            allowed_operation_types=allowed,
            operation_extensions=operation_extensions,
        )

    def compiled(self, query: str, operation_name: str | None = None) -> Plan | Fallback:
        """The plan of an operation for all conditions true, or why it has none."""
        if self._obstacle is not None:
            return self._obstacle
        known = self._documents.get(query) or self._parse(query)
        if isinstance(known, str):
            return Fallback("invalid", known)
        return self._executor.compiled(known.document, operation_name if operation_name is not None else known.first)

    def _request(
        self,
        query: str | None,
        name: str | None,
        allowed: list[AllowedOperation] | None,
        values: tuple[Mapping[str, object] | None, object, object],
    ) -> Request | None:
        """What the executor is asked; None if the request is Strawberry's to answer."""
        if self._obstacle is not None:
            self._executor.fall_back(self._obstacle)
            return None
        known = self._documents.get(query or "") or self._parse(query or "")
        if isinstance(known, str):
            return None
        chosen = name if name is not None else known.first
        operation = known.operations.get(chosen)
        if operation is OperationType.SUBSCRIPTION:
            self._executor.fall_back(Fallback("subscription"))
            return None
        if operation is None or (allowed is not None and operation.value not in {one.value for one in allowed}):
            return None
        variables, root_value, context_value = values
        return Request(known.document, chosen, variables, root_value, context_value)

    def _parse(self, query: str) -> _Document | str:
        """Parse, validate and remember; or what is wrong."""
        schema = self.schema._schema  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        try:
            document = parse(query)
            errors = validate_document(schema, document, cast("Any", tuple(specified_rules)))
        except Exception as error:  # noqa: BLE001 - Strawberry makes it an error of the request
            return str(error)
        if errors:
            return errors[0].message
        operations = {
            definition.name.value if definition.name is not None else None: definition.operation
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        known = _Document(document, next(iter(operations), None), operations)
        self._documents.put(query, known, len(query))
        return known

    def _report(self, request: Request, query: str | None, errors: list[GraphQLError]) -> None:
        """Hand the errors to the schema's `process_errors`."""
        schema = self.schema
        context = schema._create_execution_context(  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            query=query,
            allowed_operation_types=tuple(AllowedOperation),
            variable_values=cast("dict[str, Any] | None", request.variable_values),
            context_value=request.context_value,
            root_value=request.root_value,
            operation_name=request.operation_name,
        )
        context.graphql_document = request.document
        context.pre_execution_errors = errors
        schema._process_errors(errors, context)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def _obstacle(schema: Schema) -> Fallback | None:
    """What makes every operation Strawberry's own."""
    others = [type(one).__name__ for one in schema.get_extensions() if type(one) not in {ParserCache, ValidationCache}]
    if others:
        return Fallback("schema_extension", ", ".join(others))
    execution_context = cast("type[object]", schema.execution_context_class)
    if execution_context is not StrawberryGraphQLCoreExecutionContext:
        return Fallback("execution_context", execution_context.__name__)
    return None


_make_info: Final = cast("Callable[[tuple[Any, ...]], Any]", _OperationContextAwareGraphQLResolveInfo._make)


def _info_factory(extensions: dict[str, Any] | None) -> InfoFactory:
    def make(*values: Any) -> Any:
        (*before, variables, context, _is_awaitable, abort_signal, helpers) = values
        coerced = cast("VariableValues", variables).coerced
        given = (*before, coerced, context, optimized_is_awaitable, abort_signal, helpers, extensions)
        return _make_info(given)

    return make
