"""Last stage: run the plan, answer introspection, and put everything into the client's shape."""

from collections.abc import Mapping, Sequence

from graphql import GraphQLSchema

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import is_about, visible_path
from router.execution.executor import Caller, Executor
from router.execution.introspection import introspect
from router.pipeline.plan import PlannedOperation
from router.planning.positions import Position


async def execute_plan(
    planned: PlannedOperation, caller: Caller, executor: Executor, schema: GraphQLSchema
) -> JsonObject:
    """The answer: `data`, and `errors` if there are any."""
    response = await executor.run(planned.program, caller)
    _introspect(planned, caller.variables, schema, response.values)
    data = planned.projection.complete(response.values, response.errors)
    answer: JsonObject = {"data": data}
    errors = _told(response.errors, planned.plan.position, data)
    if errors:
        answer["errors"] = errors
    return answer


def _told(errors: Sequence[JsonObject], position: Position, data: JsonValue) -> list[JsonValue]:
    """The errors that are the client's, at places it knows."""
    for error in errors:
        path = visible_path(error.pop("path", None), position)
        if path:
            error["path"] = path
    return [error for error in errors if is_about(error, data)]


def _introspect(
    planned: PlannedOperation, variables: Mapping[str, JsonValue], schema: GraphQLSchema, values: JsonObject
) -> None:
    if planned.introspection:
        values.update(introspect(schema, planned.introspection, planned.plan.operation, variables))
