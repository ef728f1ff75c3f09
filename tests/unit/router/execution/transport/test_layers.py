"""Retries, breaker and bulkhead: each alone, with time told by the test."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kernel.subgraph import GraphQLRequest
from router.execution.transport import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.breaker import CircuitBreaker
from router.execution.transport.bulkhead import Bulkhead
from router.execution.transport.replicas import Replicas
from router.execution.transport.retries import Retrying
from router.execution.transport.traffic import BreakerRules, BulkheadRules, ReplicaRules, RetryRules, Traffic

_OK = SubgraphAnswer({"data": {}})


class _Scripted:
    """Answers in turn: an answer, or a failure to raise."""

    def __init__(self, outcomes: Sequence[Any] = (), always: Any = _OK) -> None:
        self.outcomes = list(outcomes)
        self.always = always
        self.asked = 0

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else self.always
        if isinstance(outcome, Failure):
            raise SubgraphUnavailable(call.subgraph, outcome.value, outcome)
        if isinstance(outcome, SubgraphUnavailable):
            raise outcome
        return outcome


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _call(*, is_query: bool = True, deadline: float = 1e9) -> SubgraphCall:
    return SubgraphCall("catalog", GraphQLRequest("{ a }"), {}, deadline, is_query=is_query)


def _retrying(subgraph: _Scripted, **rules: Any) -> tuple[Retrying, list[float]]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return Retrying(subgraph, "catalog", RetryRules(**rules), pause), pauses


async def _outcome(layer: Any, call: SubgraphCall | None = None) -> Failure | int:
    try:
        return (await layer.fetch(call or _call())).status
    except SubgraphUnavailable as error:
        return error.failure


@pytest.mark.parametrize(
    "outcome", [Failure.CONNECTION, Failure.GATEWAY, SubgraphAnswer({"errors": [{"message": "busy"}]}, 503)]
)
async def test_a_query_is_asked_again_after_what_passes(outcome):
    subgraph = _Scripted([outcome])
    retrying, pauses = _retrying(subgraph, pause_seconds=0.5)

    assert await _outcome(retrying) == 200
    assert subgraph.asked == 2
    assert 0 <= pauses[0] <= 0.5


@pytest.mark.parametrize(
    "failure", sorted(set(Failure) - {Failure.CONNECTION, Failure.GATEWAY}), ids=lambda failure: failure.value
)
async def test_nothing_else_is_asked_again(failure):
    subgraph = _Scripted([failure])
    retrying, _ = _retrying(subgraph)

    assert await _outcome(retrying) is failure
    assert subgraph.asked == 1


async def test_a_mutation_is_never_asked_again():
    subgraph = _Scripted([Failure.CONNECTION])
    retrying, _ = _retrying(subgraph, count=5)

    assert await _outcome(retrying, _call(is_query=False)) is Failure.CONNECTION
    assert subgraph.asked == 1


async def test_there_is_no_retry_beyond_the_deadline():
    subgraph = _Scripted([Failure.CONNECTION])
    retrying, pauses = _retrying(subgraph)

    assert await _outcome(retrying, _call(deadline=asyncio.get_running_loop().time())) is Failure.CONNECTION
    assert (subgraph.asked, pauses) == (1, [])


def _busy(seconds: float | None) -> Sequence[Any]:
    return [
        SubgraphUnavailable("catalog", "429", Failure.REFUSED, seconds),
        SubgraphUnavailable("catalog", "503", Failure.GATEWAY, seconds),
        SubgraphAnswer({"errors": [{"message": "busy"}]}, 429, retry_after=seconds),
        SubgraphAnswer({"errors": [{"message": "busy"}]}, 503, retry_after=seconds),
    ]


@pytest.mark.parametrize("busy", _busy(3.0), ids=["429", "503", "429 with GraphQL", "503 with GraphQL"])
async def test_the_time_a_busy_subgraph_names_is_waited_for(busy):
    subgraph = _Scripted([busy])
    retrying, pauses = _retrying(subgraph, pause_seconds=0.5)

    assert await _outcome(retrying) == 200
    assert subgraph.asked == 2
    assert 3.0 <= pauses[0] <= 3.5


@pytest.mark.parametrize("busy", _busy(3.0), ids=["429", "503", "429 with GraphQL", "503 with GraphQL"])
async def test_a_time_beyond_the_deadline_is_not_waited_for(busy):
    subgraph = _Scripted(always=busy)
    retrying, pauses = _retrying(subgraph)

    await _outcome(retrying, _call(deadline=asyncio.get_running_loop().time() + 2))

    assert (subgraph.asked, pauses) == (1, [])


async def test_a_time_is_waited_for_within_the_budget_only():
    [busy, *_] = _busy(0.0)
    subgraph = _Scripted(always=busy)
    retrying, pauses = _retrying(subgraph, budget=0)

    for _ in range(12):
        await _outcome(retrying)

    assert (subgraph.asked, len(pauses)) == (22, 10)


async def test_a_mutation_that_met_a_busy_subgraph_is_not_asked_again():
    [busy, *_] = _busy(0.0)
    subgraph = _Scripted(always=busy)
    retrying, _ = _retrying(subgraph)

    assert await _outcome(retrying, _call(is_query=False)) is Failure.REFUSED
    assert subgraph.asked == 1


async def test_retries_end_after_their_count_and_the_last_failure_counts():
    subgraph = _Scripted([Failure.CONNECTION, Failure.GATEWAY, Failure.GATEWAY])
    retrying, pauses = _retrying(subgraph, count=2)

    assert await _outcome(retrying) is Failure.GATEWAY
    assert (subgraph.asked, len(pauses)) == (3, 2)


async def test_retries_are_a_tenth_of_the_requests_once_the_saved_ones_are_spent():
    subgraph = _Scripted(always=Failure.CONNECTION)
    retrying, _ = _retrying(subgraph, budget=0.125)
    for _ in range(12):
        await _outcome(retrying)
    spent = subgraph.asked

    for _ in range(80):
        await _outcome(retrying)

    assert subgraph.asked - spent == 80 + 10


def _breaker(subgraph: Any, clock: Callable[[], float], **rules: Any) -> CircuitBreaker:
    known = {"failure_rate": 0.5, "minimum_requests": 4, "window_seconds": 10, "open_seconds": 5, **rules}
    return CircuitBreaker(subgraph, "catalog", Traffic(breaker=BreakerRules(**known), timeout_seconds=2), clock)


async def test_a_circuit_opens_when_half_of_the_requests_fail_and_answers_at_once():
    subgraph = _Scripted([_OK, _OK, Failure.TIME_OUT, SubgraphAnswer({"errors": [{}]}, 503)])
    breaker = _breaker(subgraph, _Clock())
    for _ in range(4):
        await _outcome(breaker)

    assert await _outcome(breaker) is Failure.BREAKER_OPEN
    assert subgraph.asked == 4


async def test_an_answer_that_tells_of_a_resolver_that_crashed_opens_no_circuit():
    breaker = _breaker(_Scripted(always=SubgraphAnswer({"errors": [{"message": "x"}]}, 500)), _Clock())

    assert [await _outcome(breaker) for _ in range(20)] == [500] * 20


async def test_fewer_requests_than_the_minimum_open_nothing():
    subgraph = _Scripted(always=Failure.CONNECTION)
    breaker = _breaker(subgraph, _Clock())

    assert [await _outcome(breaker) for _ in range(3)] == [Failure.CONNECTION] * 3


async def test_failures_of_long_ago_are_forgotten():
    clock = _Clock()
    breaker = _breaker(_Scripted(always=Failure.CONNECTION), clock)
    for _ in range(3):
        await _outcome(breaker)

    clock.now += 11
    await _outcome(breaker)

    assert await _outcome(breaker) is Failure.CONNECTION


@pytest.mark.parametrize(
    "failure", [Failure.REFUSED, Failure.TOO_LARGE, Failure.OVERLOADED, Failure.UNKNOWN], ids=lambda it: it.value
)
async def test_what_a_client_can_provoke_does_not_open_a_circuit(failure):
    breaker = _breaker(_Scripted(always=failure), _Clock())

    assert {await _outcome(breaker) for _ in range(20)} == {failure}


async def test_an_open_circuit_lets_one_request_through_and_closes_when_it_succeeds():
    clock = _Clock()
    subgraph = _Scripted([Failure.CONNECTION] * 4)
    breaker = _breaker(subgraph, clock)
    for _ in range(4):
        await _outcome(breaker)
    clock.now += 5

    assert [await _outcome(breaker) for _ in range(3)] == [200, 200, 200]


async def test_an_open_circuit_stays_open_when_the_one_request_fails():
    clock = _Clock()
    subgraph = _Scripted([Failure.CONNECTION] * 5)
    breaker = _breaker(subgraph, clock)
    for _ in range(4):
        await _outcome(breaker)
    clock.now += 5

    assert [await _outcome(breaker) for _ in range(2)] == [Failure.CONNECTION, Failure.BREAKER_OPEN]


class _Hanging:
    def __init__(self) -> None:
        self.asked = 0
        self.free = asyncio.Event()

    async def fetch(self, _call: SubgraphCall) -> SubgraphAnswer:
        self.asked += 1
        await self.free.wait()
        return _OK


async def _cancelled(task: asyncio.Task[Any]) -> None:
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_while_a_circuit_is_half_open_only_one_request_is_under_way():
    clock = _Clock()
    subgraph: Any = _Scripted([Failure.CONNECTION] * 4)
    breaker = _breaker(subgraph, clock)
    for _ in range(4):
        await _outcome(breaker)
    clock.now += 5
    hanging = breaker._inner = _Hanging()
    trial = asyncio.create_task(_outcome(breaker))
    await asyncio.sleep(0)

    refused = await _outcome(breaker)
    await _cancelled(trial)
    next_trial = asyncio.create_task(_outcome(breaker))
    await asyncio.sleep(0)
    hanging.free.set()

    assert (refused, await next_trial, hanging.asked) == (Failure.BREAKER_OPEN, 200, 2)


@pytest.mark.parametrize(("seconds", "expected"), [(0.5, 200), (1.5, Failure.BREAKER_OPEN)])
async def test_requests_that_are_given_up_count_only_if_the_subgraph_was_slow(seconds, expected):
    clock = _Clock()
    hanging = _Hanging()
    breaker = _breaker(hanging, clock)
    for _ in range(4):
        task = asyncio.create_task(_outcome(breaker))
        await asyncio.sleep(0)
        clock.now += seconds
        await _cancelled(task)
    hanging.free.set()

    assert await _outcome(breaker) == expected


async def test_a_bulkhead_lets_so_many_run_so_many_wait_and_refuses_the_rest():
    hanging = _Hanging()
    bulkhead = Bulkhead(hanging, "catalog", BulkheadRules(concurrent=2, waiting=1))
    tasks = [asyncio.create_task(_outcome(bulkhead)) for _ in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    under_way = hanging.asked
    hanging.free.set()

    assert under_way == 2
    assert [await task for task in tasks] == [200, 200, 200, Failure.OVERLOADED]
    assert hanging.asked == 3


async def test_who_gives_up_waiting_leaves_its_place_to_the_next():
    hanging = _Hanging()
    bulkhead = Bulkhead(hanging, "catalog", BulkheadRules(concurrent=1, waiting=1))
    running = asyncio.create_task(_outcome(bulkhead))
    waiting = asyncio.create_task(_outcome(bulkhead))
    await asyncio.sleep(0)

    await _cancelled(waiting)
    another = asyncio.create_task(_outcome(bulkhead))
    await asyncio.sleep(0)
    hanging.free.set()

    assert [await running, await another] == [200, 200]
    assert await _outcome(bulkhead) == 200


async def test_a_turn_that_comes_at_the_moment_of_giving_up_is_not_lost():
    hanging = _Hanging()
    bulkhead = Bulkhead(hanging, "catalog", BulkheadRules(concurrent=1, waiting=2))
    tasks = [asyncio.create_task(_outcome(bulkhead)) for _ in range(3)]
    await asyncio.sleep(0)

    hanging.free.set()
    await tasks[0]
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)

    assert await tasks[2] == 200
    assert await _outcome(bulkhead) == 200


def _replicas(clock: _Clock) -> Replicas:
    return Replicas("catalog", ["http://a", "http://b"], ReplicaRules(failures=2, ejection_seconds=10), clock)


def test_the_replica_with_the_fewest_requests_is_chosen_in_turn_among_equals():
    replicas = _replicas(_Clock())
    first, second, third = (replicas.choose().url for _ in range(3))
    replicas.all[0].in_flight = 2

    fourth, fifth = (replicas.choose().url for _ in range(2))

    assert [first, second, third, fourth, fifth] == ["http://a", "http://b", "http://a", "http://b", "http://b"]


def test_a_replica_that_fails_repeatedly_is_left_out_and_comes_back():
    clock = _Clock()
    replicas = _replicas(clock)
    broken = replicas.all[0]
    for _ in range(2):
        replicas.note_failure(broken, Failure.CONNECTION)

    resting = {replicas.choose().url for _ in range(4)}
    clock.now += 10
    replicas.all[1].in_flight = 1
    tried_again = replicas.choose()
    replicas.note_answer(tried_again)
    replicas.all[1].in_flight = 0

    assert resting == {"http://b"}
    assert tried_again is broken
    assert {replicas.choose().url for _ in range(2)} == {"http://a", "http://b"}


def test_when_all_replicas_fail_they_are_all_tried():
    replicas = _replicas(_Clock())
    for replica in replicas.all * 2:
        replicas.note_failure(replica, Failure.CONNECTION)

    assert {replicas.choose().url for _ in range(2)} == {"http://a", "http://b"}


def test_what_a_client_can_provoke_leaves_no_replica_out():
    replicas = _replicas(_Clock())
    for _ in range(5):
        replicas.note_failure(replicas.all[0], Failure.REFUSED)

    assert {replicas.choose().url for _ in range(2)} == {"http://a", "http://b"}
