"""Runs the program of a query plan: in series where the plan says so, otherwise at the same time."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from kernel.telemetry import counter, histogram
from router.execution.arrival import merge_root, spread_entities
from router.execution.contexts import ByContext
from router.execution.failures import note_unavailable
from router.execution.gathered import Gathered, Place, all_places
from router.execution.missing import failures, unaskable, unavailable, without_requirement
from router.execution.program import Program, Work
from router.execution.representations import objects_at
from router.execution.response import Response
from router.execution.response_headers import ReceivedHeaders
from router.execution.transport import SubgraphCall, SubgraphUnavailable, Transport
from router.execution.transport.expiry import Expiries, TimeLimit
from router.execution.transport.request_headers import HeaderRules, RequestHeaders
from router.execution.transport.tracing import UNTRACED, Trace
from router.planning.nodes import Fetch

_FETCHES = counter("router_fetches_total", "Requests to subgraphs", ("subgraph", "outcome"))
_FETCH_SECONDS = histogram("router_fetch_seconds", "Duration of requests to subgraphs in seconds", ("subgraph",))
_QUERIES: Final = frozenset({"query", "entities"})


# looking up a labelled metric costs as much as a short fetch's own bookkeeping
@cache
def _fetches(subgraph: str, outcome: str) -> Counter:
    return _FETCHES.labels(subgraph, outcome)


@cache
def _fetch_seconds(subgraph: str) -> Histogram:
    return _FETCH_SECONDS.labels(subgraph)


@dataclass(frozen=True, slots=True)
class Caller:
    """What every fetch of one request knows of it; `deadline` is a loop time.

    Attributes:
        headers: the client's, all of them, names in lower case.
        received: where headers of answers go that the client is to see.
    """

    variables: Mapping[str, JsonValue]
    headers: Mapping[str, str]
    deadline: float
    trace: Trace = UNTRACED
    received: ReceivedHeaders | None = None

    def asks(self, condition: str | None) -> bool:
        """Whether what a plan makes depend on a variable of its own is asked for."""
        return condition is None or self.variables[condition] is True


class Executor:
    """Runs programs over a transport; `max_entities` bounds one look-up."""

    def __init__(
        self, transport: Transport, *, max_entities: int = 10_000, request_headers: RequestHeaders | None = None
    ) -> None:
        self._transport = transport
        self._max_entities = max_entities
        self._expiries = Expiries()
        self._request_headers = request_headers or RequestHeaders(HeaderRules())

    async def run(self, program: Program | None, caller: Caller) -> Response:
        """Everything a program fetches; failures become errors in the response."""
        response = Response()
        if program is not None:
            await self._run(program, caller, response)
        return response

    def events(self, first: Work, caller: Caller) -> AsyncGenerator[JsonObject]:
        """What the subgraph of a subscription sends, event by event; see `Transport.subscribe`."""
        return self._transport.subscribe(self._call(first.fetch, {}, caller))

    async def after_event(
        self, first: Work, event: JsonObject | None, rest: Program | None, caller: Caller
    ) -> Response:
        """What an event brings and what is fetched for it; None stands for a subgraph that is gone."""
        response = Response()
        targets = list(objects_at(first.fetch.path, response.values, ()))
        if event is None:
            places = [(first.fetch.expected, targets)]
            response.fail(first.fetch, places, unavailable(first.fetch, places))
            return response
        merge_root(first, event, targets, response)
        if rest is not None:
            await self._run(rest, caller, response)
        return response

    async def _run(self, program: Program, caller: Caller, response: Response) -> None:
        if isinstance(program, Work):
            await self.fetch(program, caller, response)
        elif program.is_parallel:
            await asyncio.gather(*(self._run(step, caller, response) for step in program.steps))
        else:
            for step in program.steps:
                await self._run(step, caller, response)

    async def fetch(self, work: Work, caller: Caller, response: Response) -> None:
        """One fetch of a program, into the response."""
        fetch = work.fetch
        if not caller.asks(fetch.condition):
            return
        if work.look_ups:
            await self._fetch_entities(work, caller, response)
            return
        targets = list(objects_at(fetch.path, response.values, ()))
        if not targets:
            return
        answer = await self._ask(fetch, {}, caller)
        if answer is None:
            places = [(fetch.expected, targets)]
            response.fail(fetch, places, unavailable(fetch, places))
            return
        merge_root(work, answer, targets, response)

    async def _fetch_entities(self, work: Work, caller: Caller, response: Response) -> None:
        gathered = [
            Gathered.of(look_up, response.values if caller.asks(look_up.flatten.condition) else {})
            for look_up in work.look_ups
        ]
        short = [each.look_up.flatten for each in gathered if each.found.is_short]
        if short:
            self._leave_out(work.fetch, unaskable(short, response.values), response)
        for each in gathered:
            if each.found.unwritable:
                self._leave_out(work.fetch, [each.places_of(each.found.unwritable)], response)
        if not work.fetch.contexts:
            await self._fetch_gathered(work.fetch, gathered, {}, caller, response)
            return
        by_context = ByContext(work.fetch.contexts, response.values)
        for index, each in enumerate(gathered):
            if caller.asks(each.look_up.flatten.condition):
                by_context.read(index, each.look_up.flatten.entities)
        if by_context.lacking:
            lacking = [gathered[index].places_of(objects) for index, objects in by_context.lacking.items()]
            self._leave_out(work.fetch, lacking, response)
        await asyncio.gather(
            *(
                self._fetch_gathered(work.fetch, filled.among(gathered), filled.variables, caller, response)
                for filled in by_context.filled.values()
            )
        )

    def _leave_out(self, fetch: Fetch, places: Sequence[Place], response: Response) -> None:
        response.fail(fetch, places, without_requirement(fetch, places))

    async def _fetch_gathered(  # noqa: PLR0917 - what a request is made of
        self,
        fetch: Fetch,
        gathered: Sequence[Gathered],
        given: JsonObject,
        caller: Caller,
        response: Response,
    ) -> None:
        largest = max(len(each.found.values) for each in gathered)
        if largest == 0:
            return
        if largest > self._max_entities:
            places = all_places(gathered)
            errors = failures(fetch, places, "asked for too many entities at once", "QUERY_TOO_COSTLY")
            response.fail(fetch, places, errors)
            return
        variables: dict[str, JsonValue] = {
            **given,
            **{each.look_up.flatten.variable: [*each.found.values] for each in gathered},
        }
        answer = await self._ask(fetch, variables, caller)
        if answer is None:
            places = all_places(gathered)
            response.fail(fetch, places, unavailable(fetch, places))
        else:
            spread_entities(fetch, gathered, answer, response)

    def _call(self, fetch: Fetch, own: Mapping[str, JsonValue], caller: Caller) -> SubgraphCall:
        used = {name: caller.variables[name] for name in fetch.variables if name in caller.variables}
        return SubgraphCall(
            fetch.subgraph,
            GraphQLRequest(fetch.operation, {**used, **own}),
            self._request_headers.forwarded(fetch.subgraph, caller.headers),
            caller.deadline,
            is_query=fetch.kind in _QUERIES,
            trace=caller.trace,
        )

    async def _ask(self, fetch: Fetch, own: Mapping[str, JsonValue], caller: Caller) -> JsonObject | None:
        """The subgraph's answer, or None when there is none."""
        call = self._call(fetch, own, caller)
        started = time.perf_counter()
        try:
            with TimeLimit(self._expiries, caller.deadline):
                answer = await self._transport.fetch(call)
        except (SubgraphUnavailable, TimeoutError) as error:
            _fetches(fetch.subgraph, "unavailable").inc()
            note_unavailable(fetch.subgraph, error)
            if caller.received is not None:
                caller.received.add(())
            return None
        finally:
            _fetch_seconds(fetch.subgraph).observe(time.perf_counter() - started)
        if caller.received is not None:
            caller.received.add(answer.headers)
        body = answer.body
        _fetches(fetch.subgraph, "errors" if body.get("errors") else "ok").inc()
        return body
