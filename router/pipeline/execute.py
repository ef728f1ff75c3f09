"""Last stage: run the plan, answer introspection, and put everything into the client's shape."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from graphql import GraphQLSchema

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import hide_keys, is_about
from router.execution.executor import Caller, Executor
from router.execution.failures import note_unavailable
from router.execution.faults import Faults
from router.execution.incremental.delivery import Delivery, Release
from router.execution.incremental.parts import PartsRun
from router.execution.incremental.postponed import PostponingFaults
from router.execution.introspection import introspect
from router.execution.program import Program, Steps, Work
from router.execution.response import Response
from router.execution.transport import SubgraphUnavailable
from router.pipeline.plan import PlannedOperation
from router.planning.guards import Decided
from router.planning.positions import Position


async def execute_plan(
    planned: PlannedOperation, caller: Caller, executor: Executor, schema: GraphQLSchema
) -> JsonObject:
    """The answer: `data`, and `errors` if there are any."""
    decided = Decided(planned.conditions)
    response = await executor.run(planned.program, _deciding(planned, caller, decided))
    return _completed(planned, caller, response, schema, decided=decided)


async def subscribe_plan(
    planned: PlannedOperation, caller: Callable[[], Caller], executor: Executor, schema: GraphQLSchema
) -> AsyncGenerator[JsonObject]:
    """An answer for each event of a subscription; `caller` says for each how long its fetches may take."""
    decided = Decided(planned.conditions)
    first, rest = _source_and_rest(planned.program)
    if first is None:
        yield await execute_plan(planned, caller(), executor, schema)
        return
    async with aclosing(executor.events(first, _deciding(planned, caller(), decided))) as events:
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            except SubgraphUnavailable as error:
                note_unavailable(first.fetch.subgraph, error)
                event = None
            now = _deciding(planned, caller(), decided)
            response = await executor.after_event(first, event, rest, now)
            yield _completed(planned, now, response, schema, decided=decided)
            if event is None:
                return


def _source_and_rest(program: Program | None) -> tuple[Work | None, Program | None]:
    """The fetch that the events come from, and what follows each; a subscription has one root field."""
    if not isinstance(program, Steps):
        return program, None
    first, *rest = program.steps
    source, between = _source_and_rest(first)
    return source, Steps([*([between] if between is not None else []), *rest], is_parallel=False)


def _completed(
    planned: PlannedOperation, caller: Caller, response: Response, schema: GraphQLSchema, *, decided: Decided
) -> JsonObject:
    _introspect(planned, caller.variables, schema, response.values, decided=decided)
    data = planned.projection.complete_with(response.values, Faults(response.errors, response.answers, decided))
    return _answer(data, response.errors, planned.plan.position)


async def execute_parts(
    planned: PlannedOperation, caller: Caller, executor: Executor, schema: GraphQLSchema
) -> tuple[JsonObject, tuple[PartsRun, Delivery, Release] | None]:
    """The answer without what is deferred, and how the rest will come, if anything does."""
    if planned.parts is None:
        return await execute_plan(planned, caller, executor, schema), None
    run = PartsRun(executor, caller, planned.parts)
    response = run.response
    _introspect(planned, caller.variables, schema, response.values, decided=Decided(planned.conditions))
    try:
        await run.primary()
        faults = PostponingFaults(response.errors, response.answers)
        data = planned.projection.complete_with(response.values, faults)
        answer = _answer(data, response.errors, planned.plan.position)
        delivery = Delivery(planned.plan.position, response.answers)
        untold = [error for error in response.errors if not is_about(error, data)]
        release = delivery.begin(data, faults.postponed, untold)
    except BaseException:
        await run.cancel()
        raise
    if release.has_next:
        return answer, (run, delivery, release)
    await run.cancel()
    return answer, None


def _deciding(planned: PlannedOperation, caller: Caller, decided: Decided) -> Caller:
    """The caller with what the plan's own variables are for it."""
    guards = planned.plan.guards
    own = guards.values(decided) if guards is not None else {}
    return replace(caller, variables={**caller.variables, **own}) if own else caller


def _answer(data: JsonObject | None, known: Sequence[JsonObject], position: Position) -> JsonObject:
    answer: JsonObject = {"data": data}
    errors = _told(known, position, data)
    if errors:
        answer["errors"] = errors
    return answer


def _told(errors: Sequence[JsonObject], position: Position, data: JsonValue) -> list[JsonValue]:
    """The errors that are the client's, at places it knows, each of them once."""
    for error in errors:
        hide_keys(error, position)
    distinct = {repr(error): error for error in errors if is_about(error, data)}
    return [*distinct.values()]


def _introspect(
    planned: PlannedOperation,
    variables: Mapping[str, JsonValue],
    schema: GraphQLSchema,
    values: JsonObject,
    *,
    decided: Decided,
) -> None:
    if planned.introspection:
        values.update(introspect(schema, planned.introspection, planned.plan.operation, variables, decided=decided))
