"""The router as a library: one supergraph, one transport, `await router.execute(request, headers)`."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache
from typing import Final

from graphql import OperationType
from prometheus_client import Counter

from kernel.deadlines import told_seconds
from kernel.event_stream import EVENT_STREAM
from kernel.identity import Principal
from kernel.subgraph import GraphQLRequest, JsonObject
from kernel.telemetry import bind_tenant, counter, current_request_id, get_logger, histogram
from kernel.verified import while_verified
from router.execution.errors import INTERNAL, graphql_error
from router.execution.executor import Caller, Executor
from router.execution.incremental.formats import IncrementalFormat, first_payload
from router.execution.incremental.stream import LaterPayloads
from router.execution.response_headers import ReceivedHeaders, ResponseHeaderRules
from router.execution.transport import Transport
from router.execution.transport.request_headers import RequestHeaders
from router.execution.transport.tracing import trace_of
from router.pipeline.authorize import CALLER_HEADERS, NOTHING_DENIED, AccessRules, Authenticator, Denied, authenticate
from router.pipeline.execute import execute_parts, execute_plan, subscribe_plan
from router.pipeline.labels import OverrideLabels, labels_in, labels_of
from router.pipeline.limit import check_limits
from router.pipeline.parse import parse_document, select_operation
from router.pipeline.plan import LeastRecentlyUsed, PlannedOperation, Planning, PreparedOperation, condition_variables
from router.pipeline.refusal import NOT_ACCEPTABLE, RequestRefused
from router.pipeline.validate import coerce_variables, validate_document
from router.planning.planner import Planner, UnresolvableOperation
from router.planning.supergraph_loader import load_supergraph
from router.settings import RouterSettings
from router.subscriptions import OpenSubscription, Places
from router.warming import UsedOperation, used_operations

log = get_logger(__name__)
_OPERATIONS = counter("router_operations_total", "GraphQL operations by outcome", ("kind", "outcome"))
_SECONDS = histogram("router_operation_seconds", "Duration of GraphQL operations in seconds")
_OK: Final = 200
_CACHED_LENGTH: Final = 20_000


def _look_ups(name: str, documentation: str) -> Mapping[bool, Counter]:
    found = counter(name, documentation, ("result",))
    return {True: found.labels("hit"), False: found.labels("miss")}


_DOCUMENTS = _look_ups("router_document_cache_total", "Look-ups of parsed and validated documents")
_PLANS = _look_ups("router_plan_cache_total", "Look-ups of query plans")


# looking up a labelled metric costs more than counting
@cache
def _operations(kind: str, outcome: str) -> Counter:
    return _OPERATIONS.labels(kind, outcome)


@dataclass(frozen=True, slots=True)
class RouterResponse:
    """An answer: `status` as for `application/graphql-response+json`, the body, and extra HTTP headers.

    `received` are headers of subgraphs' answers that are passed on; a name may come several times.
    """

    status: int
    body: JsonObject
    headers: Mapping[str, str] = dataclass_field(default_factory=dict[str, str])
    received: Sequence[tuple[str, str]] = ()
    later: LaterPayloads | None = None


class Router:
    """Answers GraphQL requests from subgraphs; usable without HTTP.

    The authenticator is optional: without one, tokens are only forwarded and every field is open.
    """

    def __init__(
        self,
        supergraph_sdl: str,
        transport: Transport,
        settings: RouterSettings,
        authenticator: Authenticator | None = None,
        *,
        labels: OverrideLabels | None = None,
    ) -> None:
        loaded = load_supergraph(supergraph_sdl)
        self.supergraph = loaded.supergraph
        self.schema = loaded.schema
        self.transport = transport
        self._settings = settings
        self._limits = settings.limits
        self.authenticator = authenticator
        self._rules = AccessRules(loaded.document, self.supergraph)
        self._planner = Planner(self.supergraph, budget=settings.plan_budget, seconds=settings.plan_seconds)
        self._planning = Planning(self.supergraph, self.schema, self._planner)
        self._labels = labels or OverrideLabels(labels_in(settings.override_labels))
        configuration = settings.configuration
        headers = RequestHeaders(
            configuration.defaults.request_headers,
            {name: traffic.request_headers for name, traffic in configuration.subgraphs.items()},
        )
        told_by = CALLER_HEADERS if authenticator is not None else ()
        self.varies_by = sorted({"accept", *told_by, *headers.names()})
        self._executor = Executor(transport, max_entities=settings.max_entities, request_headers=headers)
        self._is_retired = False
        self._subscriptions = Places(settings.max_subscriptions, settings.max_subscriptions_per_caller)
        self._response_headers = ResponseHeaderRules(configuration.response_headers)
        self._prepared = LeastRecentlyUsed[tuple[str, str | None], PreparedOperation](settings.cached_documents)

    async def execute(
        self,
        request: GraphQLRequest,
        headers: Mapping[str, str],
        *,
        allows_mutation: bool = True,
        incremental: IncrementalFormat | None = None,
    ) -> RouterResponse:
        """Answer one request; header names are lower case. Never raises for what a client or subgraph does.

        With an `incremental` format what is deferred may come in the response's `later` payloads, which must be
        iterated to the end or closed.
        """
        started = time.perf_counter()
        body: JsonObject
        later: LaterPayloads | None = None
        kind = "unknown"
        received = self._response_headers.collector()
        try:
            denied = await self._denied(headers)
            prepared = self._prepare(request)
            kind = prepared.node.operation.value
            if prepared.node.operation is OperationType.SUBSCRIPTION:
                raise RequestRefused.because(f"a subscription is answered as {EVENT_STREAM}", NOT_ACCEPTABLE, 406)
            if not allows_mutation and prepared.node.operation is not OperationType.QUERY:
                raise RequestRefused.because("only queries can be sent with GET", status=405)
            caller = self._caller(request, headers, received)
            if incremental is not None and prepared.mentions_defer:
                body, later = await self._answer_in_parts(prepared, caller, denied, incremental)
            else:
                body = await self._answer(prepared, caller, denied)
            status, outcome = _OK, "errors" if "errors" in body else "ok"
        except RequestRefused as refusal:
            body = _refusal(refusal.errors)
            status, outcome = refusal.status, "refused"
        except UnresolvableOperation:
            log.exception("operation_unresolvable")
            refused = graphql_error("the composed graph cannot answer this operation", INTERNAL)
            body = _refusal([refused])
            status, outcome = 500, "unresolvable"
        _operations(kind, outcome).inc()
        _SECONDS.observe(time.perf_counter() - started)
        if received is not None and (later is not None or outcome == "errors"):
            # what failed, or an answer to come, has said nothing: `strictest` allows no more than it does
            received.add(())
        passed_on = received.for_client() if received is not None else ()
        return RouterResponse(status, _with_request_id(body), _challenge(status), passed_on, later)

    def is_subscription(self, request: GraphQLRequest) -> bool:
        """Whether the request is answered by `subscribe`.

        Raises:
            RequestRefused: it is not one to be answered.
        """
        return self._prepare(request).node.operation is OperationType.SUBSCRIPTION

    async def subscribe(self, request: GraphQLRequest, headers: Mapping[str, str]) -> OpenSubscription:
        """Answer a subscription, event by event, until it completes or is closed.

        Raises:
            RequestRefused: it is not begun.
        """
        principal = await self._principal(headers)
        denied = self._rules.denied(principal) if self.authenticator is not None else NOTHING_DENIED
        prepared = self._prepare(request)
        planned = self._planned_for(prepared, self._caller(request, headers, None), denied, defers=False)
        place = self._subscriptions.place_of(principal)
        _operations("subscription", "ok").inc()

        def caller() -> Caller:
            return self._caller(request, headers, None)

        async def verify() -> None:
            if self._is_retired:
                raise RequestRefused.because("the graph has changed: subscribe again", "SUPERGRAPH_CHANGED")
            if await self._principal(headers) != principal:
                raise RequestRefused.because("the caller's rights have changed: subscribe again", "UNAUTHENTICATED")

        results = subscribe_plan(planned, caller, self._executor, self.schema)
        return OpenSubscription(while_verified(results, verify), place, _with_request_id)

    def retire(self) -> None:
        """Another router has taken over: open subscriptions end within seconds."""
        self._is_retired = True

    async def close(self) -> None:
        """Release the transport."""
        await self.transport.close()

    def most_used(self) -> list[UsedOperation]:
        """The operations that most plans were asked for, with what these were for."""
        return used_operations(self._prepared.items(), self._rules.callers(), self._settings.warmed_documents)

    def plan_ahead(self, used: UsedOperation, is_over: Callable[[], bool]) -> int:
        """See `PlansAhead.plan_ahead`."""
        prepared = self._prepared_anew(used.request)
        for plan in used.plans:
            conditions = (
                dict(zip(prepared.condition_variables, plan.conditions, strict=True))
                if plan.conditions is not None
                else None
            )
            for scopes in plan.callers or (None,):
                if is_over():
                    return len(prepared.plans.items())
                denied = self._rules.denied_with(scopes) if self.authenticator is not None else NOTHING_DENIED
                self._planning.planned(prepared, conditions, denied, plan.labels, defers=plan.defers)
        return len(prepared.plans.items())

    async def _denied(self, headers: Mapping[str, str]) -> Denied:
        if self.authenticator is None:
            return NOTHING_DENIED
        return self._rules.denied(await self._principal(headers))

    async def _principal(self, headers: Mapping[str, str]) -> Principal | None:
        if self.authenticator is None:
            return None
        principal = await authenticate(self.authenticator, headers)
        if principal is not None and principal.tenant_id is not None:
            bind_tenant(str(principal.tenant_id))
        return principal

    def _prepare(self, request: GraphQLRequest) -> PreparedOperation:
        key = (request.query, request.operation_name)
        known = self._prepared.get(key)
        _DOCUMENTS[known is not None].inc()
        return known if known is not None else self._prepared_anew(request)

    def _prepared_anew(self, request: GraphQLRequest) -> PreparedOperation:
        key = (request.query, request.operation_name)
        document = parse_document(request.query, self._limits)
        node = select_operation(document, request.operation_name)
        check_limits(document, node, self._limits)
        validate_document(self.schema, document, allows_introspection=self._settings.allows_introspection)
        prepared = PreparedOperation(
            document,
            node,
            condition_variables(document, node),
            labels_of(document, self.supergraph),
            mentions_defer="defer" in request.query,
            condition_plans=self._settings.condition_plans,
        )
        # a long document is rare and may be mostly comments: keeping it would cost more than reading it again
        return self._prepared.put(key, prepared) if len(request.query) <= _CACHED_LENGTH else prepared

    def _caller(self, request: GraphQLRequest, headers: Mapping[str, str], received: ReceivedHeaders | None) -> Caller:
        left = told_seconds(headers)
        seconds = self._settings.operation_seconds if left is None else min(left, self._settings.operation_seconds)
        deadline = asyncio.get_running_loop().time() + seconds
        return Caller(request.variables or {}, headers, deadline, trace_of(headers), received)

    async def _answer(self, prepared: PreparedOperation, caller: Caller, denied: Denied) -> JsonObject:
        planned = self._planned_for(prepared, caller, denied, defers=False)
        return await execute_plan(planned, caller, self._executor, self.schema)

    async def _answer_in_parts(
        self,
        prepared: PreparedOperation,
        caller: Caller,
        denied: Denied,
        incremental: IncrementalFormat,
    ) -> tuple[JsonObject, LaterPayloads | None]:
        planned = self._planned_for(prepared, caller, denied, defers=True)
        body, rest = await execute_parts(planned, caller, self._executor, self.schema)
        if rest is None:
            return body, None
        run, delivery, release = rest
        later = LaterPayloads(run, delivery, incremental, _with_request_ids)
        return first_payload(body, release, incremental), later

    def _planned_for(
        self, prepared: PreparedOperation, caller: Caller, denied: Denied, *, defers: bool
    ) -> PlannedOperation:
        coerced = coerce_variables(self.schema, prepared.node, caller.variables, self._limits)
        labels = self._labels.on(prepared.labels, caller.headers)
        planned, is_known = self._planning.planned(prepared, coerced, denied, labels, defers=defers)
        _PLANS[is_known].inc()
        return planned


def _refusal(errors: Sequence[JsonObject]) -> JsonObject:
    return {"errors": [*errors]}


def _with_request_id(body: JsonObject) -> JsonObject:
    request_id = current_request_id()
    errors = body.get("errors")
    if request_id is not None and isinstance(errors, list):
        for error in errors:
            extensions = error.get("extensions") if isinstance(error, dict) else None
            if isinstance(extensions, dict):
                extensions["requestId"] = request_id
    return body


def _with_request_ids(payload: JsonObject) -> JsonObject:
    for part in ("incremental", "completed"):
        entries = payload.get(part)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                _with_request_id(entry)
    return payload


def _challenge(status: int) -> Mapping[str, str]:
    return {"www-authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - RFC 9110 §15.5.2
