"""Fetches that failed: one log line and one count for each."""

from kernel.telemetry import counter, get_logger
from router.execution.transport import Failure, SubgraphUnavailable

log = get_logger(__name__)
_FAILURES = counter("router_subgraph_failures_total", "Requests to subgraphs without answer", ("subgraph", "failure"))


def note_unavailable(subgraph: str, error: SubgraphUnavailable | TimeoutError) -> None:
    """There is no answer."""
    is_explained = isinstance(error, SubgraphUnavailable)
    failure = error.failure if is_explained else Failure.TIME_OUT
    _FAILURES.labels(subgraph, failure.value).inc()
    reason = error.reason if is_explained else "the operation's deadline has passed"
    log.warning("subgraph_unavailable", subgraph=subgraph, failure=failure.value, reason=reason)


def note_invalid(subgraph: str, reason: str) -> None:
    """The answer is not what was asked for."""
    _FAILURES.labels(subgraph, Failure.MALFORMED.value).inc()
    log.warning("subgraph_answer_invalid", subgraph=subgraph, reason=reason)
