"""Plans made before a router serves: those of the operations that the router before it was asked for most."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Protocol

from kernel.subgraph import GraphQLRequest
from kernel.telemetry import counter, get_logger
from router.pipeline.authorize import Denied, DeniedKey
from router.pipeline.plan import PreparedOperation
from router.pipeline.refusal import RequestRefused
from router.planning.planner import UnresolvableOperation

log = get_logger(__name__)
_WARMED = counter("router_plans_warmed_total", "Query plans made before a supergraph took over")


@dataclass(frozen=True, slots=True)
class UsedPlan:
    """What one plan of an operation was made for.

    Attributes:
        conditions: of the operation's variables that parts of it depend on, in their order; None stands for all values.
        callers: the scopes of those it is for, None for strangers; nothing where nobody is told apart.
    """

    defers: bool
    conditions: tuple[bool, ...] | None
    callers: Sequence[frozenset[str] | None]
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class UsedOperation:
    """An operation and the plans it was asked for with, the most recent one last."""

    request: GraphQLRequest
    plans: Sequence[UsedPlan]


def used_operations(
    prepared: Iterable[tuple[tuple[str, str | None], PreparedOperation]],
    callers: Iterable[tuple[frozenset[str] | None, Denied]],
    count: int,
) -> list[UsedOperation]:
    """The operations that most plans were asked for, by query and name; `callers` are told apart by what is denied."""
    scopes_of: dict[DeniedKey, list[frozenset[str] | None]] = {}
    for scopes, denied in callers:
        scopes_of.setdefault(denied.key, []).append(scopes)
    return [
        UsedOperation(
            GraphQLRequest(query, operation_name=name),
            [
                UsedPlan(defers, conditions, scopes_of.get(denied, ()), labels)
                for (defers, conditions, denied, labels), _ in operation.plans.items()
            ],
        )
        for (query, name), operation in nlargest(count, prepared, key=lambda entry: entry[1].uses)
    ]


class PlansAhead(Protocol):
    """A router that does not serve yet."""

    def plan_ahead(self, used: UsedOperation, is_over: Callable[[], bool]) -> int:
        """Make the plans of an operation until time is over, asked before each; how many.

        Raises:
            RequestRefused: the graph does not have the operation, or no more.
            UnresolvableOperation: it cannot be planned.
        """
        ...


def warm(
    router: PlansAhead,
    used: Iterable[UsedOperation],
    seconds: float,
    clock: Callable[[], float] = time.thread_time,
) -> None:
    """Make the plans of operations, in their order; none is begun once so much CPU time of this thread is spent.

    Raises nothing: clients choose the operations, and none may keep a router from serving.
    """
    started, operations, plans = clock(), 0, 0

    def is_over() -> bool:
        return clock() - started >= seconds

    for operation in used:
        if is_over():
            break
        try:
            plans += router.plan_ahead(operation, is_over)
        except (RequestRefused, UnresolvableOperation):
            # whoever asks for it is told
            continue
        except Exception:
            log.exception("operation_not_warmed", operation=operation.request.operation_name)
            continue
        operations += 1
    _WARMED.inc(plans)
    log.info("plans_warmed", operations=operations, plans=plans, cpu_seconds=clock() - started)
