"""What the executor needs of a transport, and what travels through its layers."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import Protocol

import orjson

from kernel.subgraph import GraphQLRequest, JsonObject
from router.execution.transport.tracing import UNTRACED, Trace


class Failure(StrEnum):
    """Why there is no answer: the label of `router_subgraph_failures_total`."""

    UNKNOWN = "unknown"
    CONNECTION = "connection"
    TIME_OUT = "time_out"
    REFUSED = "refused"
    STATUS = "status"
    GATEWAY = "gateway"
    NOT_GRAPHQL = "not_graphql"
    TOO_LARGE = "too_large"
    CRASH = "crash"
    BREAKER_OPEN = "breaker_open"
    OVERLOADED = "overloaded"
    MALFORMED = "malformed"


class SubgraphUnavailable(Exception):
    """A subgraph gave no GraphQL answer; the message is the reason, for logs only.

    `retry_after` are the seconds after which a busy subgraph wants to be asked again.
    """

    def __init__(
        self,
        subgraph: str,
        reason: str,
        failure: Failure = Failure.CONNECTION,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{subgraph}: {reason}")
        self.subgraph = subgraph
        self.reason = reason
        self.failure = failure
        self.retry_after = retry_after


@dataclass(slots=True)
class SubgraphCall:
    """One operation on its way to a subgraph; it belongs to one fetch.

    Attributes:
        headers: what the rules let through: calls that differ here may get different answers.
        deadline: a loop time; whoever made the call stops waiting then.
        trace: ids that make calls distinguishable, but never change an answer.
    """

    subgraph: str
    request: GraphQLRequest
    headers: Mapping[str, str]
    deadline: float
    is_query: bool = False
    trace: Trace = UNTRACED
    _body: bytes = b""

    def body(self) -> bytes:
        """The request as JSON, written once however many layers look at it.

        Raises:
            SubgraphUnavailable: a variable is nested too deeply for JSON.
        """
        if not self._body:
            body: dict[str, object] = {"query": self.request.query}
            if self.request.variables:
                body["variables"] = self.request.variables
            if self.request.operation_name is not None:
                body["operationName"] = self.request.operation_name
            try:
                self._body = orjson.dumps(body)
            except TypeError as error:
                reason = "the variables cannot be written as JSON"
                raise SubgraphUnavailable(self.subgraph, reason, Failure.UNKNOWN) from error
        return self._body


@dataclass(frozen=True, slots=True)
class SubgraphAnswer:
    """What came back.

    Attributes:
        body: `{"data": …, "errors": […]}`; it belongs to whoever asked, parts of it are taken into the response.
        content: the bytes `body` was read from, if it was.
        headers: those that may be passed on, names in lower case.
        retry_after: the seconds after which a busy subgraph wants to be asked again.
    """

    body: JsonObject
    status: int = 200
    content: bytes = b""
    headers: Sequence[tuple[str, str]] = dataclass_field(default=())
    retry_after: float | None = None


class Lane(Protocol):
    """The way to one subgraph, or one layer of it."""

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """As `Transport.fetch`."""
        ...


class Transport(Protocol):
    """Sends operations to subgraphs."""

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """The subgraph's answer.

        Raises:
            SubgraphUnavailable: no connection, no answer in time, or not a GraphQL answer.
        """
        ...

    def subscribe(self, call: SubgraphCall) -> AsyncGenerator[JsonObject]:
        """The results of a subscription, until the subgraph completes it; close it to end it there.

        Raises:
            SubgraphUnavailable: as `fetch`, at any result.
        """
        ...

    async def check(self, subgraph: str) -> None:
        """Ask whether a subgraph is there; raises SubgraphUnavailable when it is not."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
