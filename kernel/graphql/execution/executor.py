"""Executes operations of one schema through compiled plans; what has none goes to graphql-core, counted by reason."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, assert_valid_schema
from graphql.execution.values import VariableValues
from strawberry.schema.schema import Schema

from kernel.graphql.execution.cache import BoundedCache
from kernel.graphql.execution.compiler import Compiler, SchemaFacts, TooLarge
from kernel.graphql.execution.dispatch import Dispatch
from kernel.graphql.execution.graphql_core import EXECUTE
from kernel.graphql.execution.leaves import LeftToEncoder
from kernel.graphql.execution.levels import settle
from kernel.graphql.execution.operation import Operation, pick_operation
from kernel.graphql.execution.plan import CompileLimits, Fallback, Plan, Statistics
from kernel.graphql.execution.readers import Readers
from kernel.graphql.execution.runtime import InfoFactory, Run, plain_info
from kernel.graphql.execution.source import UnsafeName

#: a field of a document takes the memory of so many characters of generated code, which take about 8 bytes each
_FIELD_WEIGHT: Final = 100
#: all that is cached, in characters of generated code
_HEAVIEST: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request for an operation of a valid document."""

    document: DocumentNode
    operation_name: str | None
    variable_values: Mapping[str, object] | None
    root_value: object
    context_value: object


class _Compiled:
    """What is kept of an operation: its plans by the truth of its conditions."""

    __slots__ = ("key", "operation", "plans", "weight")

    def __init__(self, operation: Operation, key: tuple[int, str | None]) -> None:
        self.operation = operation
        self.key = key
        self.plans: dict[tuple[bool, ...], Plan | Fallback] = {}
        self.weight = operation.fields * _FIELD_WEIGHT


class CompiledExecutor:
    """Answers as `graphql.execute` does: equal data, errors, key order and order of side effects.

    Documents are recognised by identity, so keep the parsed document (`strawberry_schema.CompiledSchema` does).

    Data that go straight to an encoder need not be text first: for a scalar named in `left_to_encoder`, values for
    which its function is true stay what they are. What falls back to graphql-core is text all the same.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        cache_size: int = 512,
        limits: CompileLimits | None = None,
        on_fallback: Callable[[Fallback], None] | None = None,
        left_to_encoder: LeftToEncoder | None = None,
    ) -> None:
        assert_valid_schema(schema)
        definition: object = schema.extensions.get("strawberry-definition")
        strawberry_schema = definition if isinstance(definition, Schema) else None
        self.schema = schema
        self.statistics = Statistics()
        self._facts = SchemaFacts(
            schema, Readers(strawberry_schema), Dispatch(strawberry_schema), left_to_encoder or {}
        )
        self._limits = limits or CompileLimits()
        self._on_fallback = on_fallback
        self._cache = BoundedCache[tuple[int, str | None], _Compiled](most=cache_size, weight=_HEAVIEST)

    async def execute(
        self,
        document: DocumentNode,
        *,
        root_value: object = None,
        context_value: object = None,
        variable_values: Mapping[str, object] | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """The result of one operation of a valid document; an error of the operation is never raised."""
        request = Request(document, operation_name, variable_values, root_value, context_value)
        result = await self.execute_compiled(request)
        return await self._execute_by_graphql_core(request) if isinstance(result, Fallback) else result

    async def execute_compiled(
        self, request: "Request", make_info: InfoFactory = plain_info
    ) -> ExecutionResult | Fallback:
        """The result, or why somebody else has to execute the operation; this is then counted."""
        compiled = self._lookup(request.document, request.operation_name)
        if isinstance(compiled, Fallback):
            return self.fall_back(compiled)
        operation = compiled.operation
        try:
            variables = operation.variables.coerce(request.variable_values)
        except Exception as error:  # noqa: BLE001 - who executes it then says so in his way
            return self.fall_back(Fallback("variables", type(error).__name__))
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        plan = self._plan(compiled, variables)
        if isinstance(plan, Fallback):
            return self.fall_back(plan)
        run = Run(
            operation.scene,
            plan.deferred,
            arguments=plan.arguments,
            variables=variables,
            root_value=request.root_value,
            context=request.context_value,
            make_info=make_info,
        )
        await _perform(run, plan)
        return ExecutionResult(run.data, run.errors or None)

    def fall_back(self, reason: Fallback) -> Fallback:
        """Count and report an operation that is executed by somebody else."""
        self.statistics.fallbacks[reason.reason] += 1
        if self._on_fallback is not None:
            self._on_fallback(reason)
        return reason

    def compiled(
        self, document: DocumentNode, operation_name: str | None = None, variables: Mapping[str, object] | None = None
    ) -> Plan | Fallback:
        """The plan that `execute` would use; without `variables`, that for all conditions true."""
        compiled = self._lookup(document, operation_name)
        if isinstance(compiled, Fallback):
            return compiled
        values: VariableValues | list[GraphQLError]
        if variables is None:
            values = VariableValues({}, dict.fromkeys(compiled.operation.conditions, True))
        else:
            values = compiled.operation.variables.coerce(variables)
        if isinstance(values, list):
            return Fallback("variables", values[0].message)
        return self._plan(compiled, values)

    def _lookup(self, document: DocumentNode, name: str | None) -> _Compiled | Fallback:
        key = (id(document), name)
        compiled = self._cache.get(key)
        if compiled is not None:
            return compiled
        operation = pick_operation(self.schema, document, name)
        if isinstance(operation, Fallback):
            return operation
        compiled = _Compiled(operation, key)
        self._cache.put(key, compiled, compiled.weight)
        return compiled

    def _plan(self, compiled: _Compiled, variables: VariableValues) -> Plan | Fallback:
        operation, plans = compiled.operation, compiled.plans
        truths = operation.truths(variables.coerced)
        if truths is None:
            return Fallback("condition", "a variable of @skip or @include is not a Boolean")
        plan = plans.get(truths)
        if plan is not None:
            self.statistics.hits += isinstance(plan, Plan)
            return plan
        if len(plans) >= self._limits.specialisations:
            return Fallback("specialisations")
        plan = plans[truths] = self._compile(operation, variables)
        if isinstance(plan, Plan):
            compiled.weight += len(plan.source)
            self._cache.put(compiled.key, compiled, compiled.weight)
        return plan

    def _compile(self, operation: Operation, variables: VariableValues) -> Plan | Fallback:
        try:
            plan = Compiler(self._facts, operation, variables, self._limits).compile()
        except TooLarge as error:
            return Fallback("too_large", str(error))
        except UnsafeName as error:
            return Fallback("unsafe_name", str(error))
        except Exception as error:  # noqa: BLE001 - graphql-core then says what is wrong with the document
            return Fallback("not_compiled", f"{type(error).__name__}: {error}")
        self.statistics.compiled += 1
        return plan

    async def _execute_by_graphql_core(self, request: "Request") -> ExecutionResult:
        try:
            result = EXECUTE(
                self.schema,
                request.document,
                request.root_value,
                request.context_value,
                request.variable_values,
                request.operation_name,
            )
            return await result if inspect.isawaitable(result) else result
        except GraphQLError as error:
            return ExecutionResult(None, [error])


async def _perform(run: Run, plan: Plan) -> None:
    """Run the roots, each with everything below it before the next one; `run.data` is the answer."""
    data: dict[str, Any] = {}
    for root in plan.roots:
        try:
            run.data = root(run, run.root_value, None)
        except GraphQLError as error:
            run.data = None
            run.errors.append(error)
        if run.laters or any(run.queues):
            await settle(run, plan.deferred)
        if run.data is None:
            return
        data.update(run.data)
    run.data = data
