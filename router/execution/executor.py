"""Runs the program of a query plan: in series where the plan says so, otherwise at the same time."""

import asyncio
import time
from collections.abc import Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from kernel.telemetry import counter, histogram
from router.execution.answered import Answered, Answers, Portion
from router.execution.contexts import by_context
from router.execution.errors import (
    MAX_ERRORS_PER_FETCH,
    REQUIREMENT_UNAVAILABLE,
    SUBGRAPH_ANSWER_INVALID,
    SUBGRAPH_UNAVAILABLE,
    ResponsePath,
    client_path,
    graphql_error,
    path_of,
    subgraph_error,
)
from router.execution.failures import note_invalid, note_unavailable
from router.execution.nulled import forget_nulled
from router.execution.program import LookUp, Program, Work
from router.execution.representations import Places, Representations, Target, is_unknown, left_out, objects_at
from router.execution.response_headers import ReceivedHeaders
from router.execution.transport import SubgraphCall, SubgraphUnavailable, Transport
from router.execution.transport.expiry import Expiries, TimeLimit
from router.execution.transport.request_headers import HeaderRules, RequestHeaders
from router.execution.transport.tracing import UNTRACED, Trace
from router.planning.nodes import Expected, Fetch, Flatten

_FETCHES = counter("router_fetches_total", "Requests to subgraphs", ("subgraph", "outcome"))
_FETCH_SECONDS = histogram("router_fetch_seconds", "Duration of requests to subgraphs in seconds", ("subgraph",))
# of a path in an answer: the alias of the look-up and the index
_ENTITY_STEPS: Final = 2
_QUERIES: Final = frozenset({"query", "entities"})


# looking up a labelled metric costs as much as a short fetch's own bookkeeping
@cache
def _fetches(subgraph: str, outcome: str) -> Counter:
    return _FETCHES.labels(subgraph, outcome)


@cache
def _fetch_seconds(subgraph: str) -> Histogram:
    return _FETCH_SECONDS.labels(subgraph)


@dataclass(slots=True)
class Response:
    """What has come back so far, in the planner's keys, and the errors in the client's."""

    answers: Answers = dataclass_field(default_factory=lambda: Answers({}))
    errors: list[JsonObject] = dataclass_field(default_factory=list[JsonObject])

    @property
    def values(self) -> JsonObject:
        """What all answers make together."""
        return self.answers.values


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
            response.errors.extend(_unavailable(fetch, [(fetch.expected, targets)]))
            return
        _merge_root(work, answer, targets, response)

    async def _fetch_entities(self, work: Work, caller: Caller, response: Response) -> None:
        gathered = [
            _Gathered.of(look_up, response.values if caller.asks(look_up.flatten.condition) else {})
            for look_up in work.look_ups
        ]
        short = [each.look_up.flatten for each in gathered if each.found.is_short]
        if short:
            response.errors.extend(_unasked(work.fetch, short, response.values))
        for each in gathered:
            if each.found.unwritable:
                response.errors.extend(_lacking(work.fetch, [each.places_of(each.found.unwritable)]))
        if not work.fetch.contexts:
            await self._fetch_gathered(work.fetch, gathered, {}, caller, response)
            return
        flatten = gathered[0].look_up.flatten
        groups, lacking = by_context(flatten.entities, work.fetch.contexts, response.values)
        response.errors.extend(_lacking(work.fetch, [gathered[0].places_of(lacking)]))
        await asyncio.gather(
            *(
                self._fetch_gathered(work.fetch, [replace(gathered[0], found=found)], given, caller, response)
                for given, found in groups
            )
        )

    async def _fetch_gathered(  # noqa: PLR0917 - what a request is made of
        self,
        fetch: Fetch,
        gathered: "SequenceOf[_Gathered]",
        given: JsonObject,
        caller: Caller,
        response: Response,
    ) -> None:
        largest = max(len(each.found.values) for each in gathered)
        if largest == 0:
            return
        if largest > self._max_entities:
            places = _places(gathered)
            response.errors.extend(_failures(fetch, places, "asked for too many entities at once", "QUERY_TOO_COSTLY"))
            return
        variables: dict[str, JsonValue] = {
            **given,
            **{each.look_up.flatten.variable: [*each.found.values] for each in gathered},
        }
        answer = await self._ask(fetch, variables, caller)
        if answer is None:
            response.errors.extend(_unavailable(fetch, _places(gathered)))
        else:
            _spread(fetch, gathered, answer, response)

    async def _ask(self, fetch: Fetch, own: Mapping[str, JsonValue], caller: Caller) -> JsonObject | None:
        """The subgraph's answer, or None when there is none."""
        used = {name: caller.variables[name] for name in fetch.variables if name in caller.variables}
        call = SubgraphCall(
            fetch.subgraph,
            GraphQLRequest(fetch.operation, {**used, **own}),
            self._request_headers.forwarded(fetch.subgraph, caller.headers),
            caller.deadline,
            is_query=fetch.kind in _QUERIES,
            trace=caller.trace,
        )
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


_Place = tuple[Expected, SequenceOf[Target]]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What one look-up is about."""

    look_up: LookUp
    found: Representations
    places: Places

    @classmethod
    def of(cls, look_up: LookUp, values: JsonObject) -> "_Gathered":
        found = Representations()
        for gather in look_up.gathers:
            gather(values, found)
        return cls(look_up, found, Places(look_up.flatten.entities, values))

    def places_of(self, objects: SequenceOf[JsonObject]) -> _Place:
        """Where some of the objects are, and what was to come there."""
        return self.look_up.flatten.expected, self.places.of(objects)

    def spread(self, values: SequenceOf[JsonValue]) -> SequenceOf[JsonObject]:
        """Bring entities into the objects they are for; those whose entity cannot be used."""
        try:
            return self.look_up.spread(values, self.found.targets)
        except RecursionError:
            return self.found.all_targets()


def _places(gathered: SequenceOf[_Gathered]) -> list[_Place]:
    return [each.places_of(each.found.all_targets()) for each in gathered]


def _malformed(fetch: Fetch, places: SequenceOf[_Place]) -> list[JsonObject]:
    note_invalid(fetch.subgraph, "of another form")
    return _failures(fetch, places, "answered something else than was asked", SUBGRAPH_ANSWER_INVALID)


def _unavailable(fetch: Fetch, places: SequenceOf[_Place]) -> list[JsonObject]:
    return _failures(fetch, places, "is unavailable", SUBGRAPH_UNAVAILABLE)


def _unasked(fetch: Fetch, flattens: SequenceOf[Flatten], values: JsonObject) -> list[JsonObject]:
    """Errors for the objects a subgraph is not asked about because what it needs of them has not come.

    Where the key is null nothing has failed: the fields are null, too.
    """
    places: list[_Place] = []
    for flatten in flattens:
        lacking: list[Target] = []
        for entities in flatten.entities:
            for target in left_out(entities, values):
                if is_unknown(entities, target[0]):
                    _fill_null(flatten.expected, target[0])
                else:
                    lacking.append(target)
        places.append((flatten.expected, lacking))
    return _lacking(fetch, places)


def _lacking(fetch: Fetch, places: SequenceOf[_Place]) -> list[JsonObject]:
    what = "cannot be asked without what it requires"
    return [error for error in _failures(fetch, places, what, REQUIREMENT_UNAVAILABLE) if "path" in error]


def _fill_null(expected: Expected, target: JsonObject) -> None:
    for field in expected.fields.values():
        target.setdefault(field.key, None)


def _failures(fetch: Fetch, places: SequenceOf[_Place], what: str, code: str) -> list[JsonObject]:
    """One error for every value that is missing because of a failed fetch, up to a limit."""
    paths: dict[ResponsePath, None] = {}
    for expected, targets in places:
        keys = [field.key for field in expected.fields.values() if field.is_visible]
        for _, at in targets:
            paths.update(dict.fromkeys((*at, key) for key in keys))
            if len(paths) > MAX_ERRORS_PER_FETCH:
                break
    message = f"the subgraph {fetch.subgraph} {what}"
    listed = list(paths)[:MAX_ERRORS_PER_FETCH] or [None]
    return [graphql_error(message, code, path, subgraph=fetch.subgraph) for path in listed]


def _merge_root(work: Work, answer: JsonObject, targets: SequenceOf[Target], response: Response) -> None:
    """Bring the answer of a root operation where it belongs, and the errors it comes with."""
    fetch = work.fetch
    data, errors = answer.get("data"), _errors_of(answer)
    if isinstance(data, dict):
        try:
            for target, _ in targets:
                work.merge(data, target)
        except RecursionError:
            response.errors.extend(_malformed(fetch, [(fetch.expected, targets)]))
        portion = Portion(fetch.expected, [data], [[target for target, _ in targets]])
        response.answers.received.append(Answered(fetch, errors, [portion]))
    for raw in errors:
        steps = path_of(raw)
        for target, at in targets:
            if steps is not None:
                forget_nulled(steps, data, fetch.expected, target)
            path = client_path(fetch.expected, steps, at) if steps is not None else None
            response.errors.append(subgraph_error(raw, fetch.subgraph, path))


def _errors_of(answer: JsonObject) -> list[JsonValue]:
    errors = answer.get("errors")
    if isinstance(errors, list):
        return errors[:MAX_ERRORS_PER_FETCH]
    return [errors] if errors else []


def _spread(fetch: Fetch, gathered: SequenceOf[_Gathered], answer: JsonObject, response: Response) -> None:
    data, errors = answer.get("data"), _errors_of(answer)
    portions: list[Portion] = []
    for each in gathered:
        flatten, targets = each.look_up.flatten, each.found.targets
        values = data.get(flatten.alias) if isinstance(data, dict) else None
        if isinstance(values, list) and len(values) == len(targets):
            strange = each.spread(values)
            portions.append(Portion(flatten.expected, values, targets))
        else:
            is_explained = values is None and errors
            strange = [] if is_explained else each.found.all_targets()
        if strange:
            response.errors.extend(_malformed(fetch, [each.places_of(strange)]))
    response.answers.received.append(Answered(fetch, errors, portions))
    _fill_unknown(gathered, answer)
    by_alias = {each.look_up.flatten.alias: each for each in gathered}
    for raw in errors:
        _forget_nulled_entity(raw, data, by_alias)
        response.errors.extend(_entity_errors(fetch, raw, by_alias))


def _fill_unknown(gathered: SequenceOf[_Gathered], answer: JsonObject) -> None:
    """Of an entity that a subgraph does not know all fields are null; of one that failed nothing has come."""
    data = answer.get("data")
    if not isinstance(data, dict):
        return
    failed = {tuple(steps[:2]) for raw in _errors_of(answer) if (steps := path_of(raw))}
    for each in gathered:
        alias, values = each.look_up.flatten.alias, data.get(each.look_up.flatten.alias)
        if not isinstance(values, list) or None not in values or len(values) != len(each.found.targets):
            continue
        for index, same in enumerate(each.found.targets):
            if values[index] is None and (alias, index) not in failed and (alias,) not in failed:
                for target in same:
                    _fill_null(each.look_up.flatten.expected, target)


def _forget_nulled_entity(raw: JsonValue, data: JsonValue, by_alias: Mapping[str, _Gathered]) -> None:
    path = path_of(raw)
    if path is None or len(path) <= _ENTITY_STEPS:
        return
    alias, index, *steps = path
    known = by_alias.get(str(alias))
    entities = data.get(str(alias)) if isinstance(data, dict) else None
    if known is None or not isinstance(entities, list) or not isinstance(index, int):
        return
    if 0 <= index < min(len(entities), len(known.found.targets)):
        for target in known.found.targets[index]:
            forget_nulled(steps, entities[index], known.look_up.flatten.expected, target)


def _entity_errors(fetch: Fetch, raw: JsonValue, by_alias: Mapping[str, _Gathered]) -> list[JsonObject]:
    """A subgraph's error at every place that used the entity it is about."""
    steps = path_of(raw)
    known = by_alias.get(str(steps[0])) if steps else None
    if steps is None or known is None:
        return [subgraph_error(raw, fetch.subgraph, None)]
    targets, expected = known.found.targets, known.look_up.flatten.expected
    index = steps[1] if len(steps) > 1 else None
    if not isinstance(index, int) or not 0 <= index < len(targets):
        everywhere = known.places.of(known.found.all_targets())[:MAX_ERRORS_PER_FETCH]
        return [subgraph_error(raw, fetch.subgraph, at) for _, at in everywhere]
    places = known.places.of(targets[index])[:MAX_ERRORS_PER_FETCH]
    return [subgraph_error(raw, fetch.subgraph, client_path(expected, steps[2:], at)) for _, at in places]
