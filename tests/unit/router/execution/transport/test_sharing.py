"""Identical queries in flight are one request, and no caller sees what another does with its answer."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from kernel.subgraph import GraphQLRequest
from router.execution.transport import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.sharing import SharedQueries

_BODY = {"data": {"products": [{"id": "1"}]}}


class _Gate:
    """A subgraph that answers when the test says so."""

    def __init__(self, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.calls: list[asyncio.Future[Any]] = []
        self._headers = headers

    async def fetch(self, _call: SubgraphCall) -> SubgraphAnswer:
        turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.calls.append(turn)
        body = await turn
        content = orjson.dumps(body)
        return SubgraphAnswer(orjson.loads(content), 200, content, self._headers)


def _call(query: str = "{ products { id } }", *, is_query: bool = True, **headers: str) -> SubgraphCall:
    return SubgraphCall("catalog", GraphQLRequest(query), headers, deadline=1e9, is_query=is_query)


async def _started(*coroutines: Any) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    await asyncio.sleep(0)
    return tasks


async def test_identical_queries_in_flight_are_one_request():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    tasks = await _started(*(shared.fetch(_call(authorization="t")) for _ in range(3)))

    gate.calls[0].set_result(_BODY)

    assert [(await task).body for task in tasks] == [_BODY, _BODY, _BODY]
    assert len(gate.calls) == 1


async def test_what_one_caller_changes_in_its_answer_no_other_sees():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")

    async def spoiling() -> Any:
        body: Any = (await shared.fetch(_call())).body
        seen = orjson.dumps(body)
        body["data"]["products"][0]["id"] = "spoilt"
        body["data"]["products"].append("spoilt")
        return seen

    tasks = await _started(*(spoiling() for _ in range(4)))

    gate.calls[0].set_result(_BODY)

    assert [await task for task in tasks] == [orjson.dumps(_BODY)] * 4


async def test_the_next_query_after_an_answer_is_a_request_of_its_own():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    [first] = await _started(shared.fetch(_call()))
    gate.calls[0].set_result(_BODY)
    await first

    [second] = await _started(shared.fetch(_call()))
    gate.calls[1].set_result({"data": {"products": []}})

    assert (await second).body == {"data": {"products": []}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_call(authorization="a"), _call(authorization="b")),
        (_call(authorization="a"), _call()),
        (_call("{ a }"), _call("{ b }")),
        (_call(is_query=False), _call(is_query=False)),
        (_call(), _call(is_query=False)),
    ],
    ids=["tokens", "no token", "documents", "mutations", "a mutation and a query"],
)
async def test_calls_that_may_have_different_answers_are_not_shared(one, other):
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    tasks = await _started(shared.fetch(one), shared.fetch(other))

    for turn in gate.calls:
        turn.set_result(_BODY)

    await asyncio.gather(*tasks)
    assert len(gate.calls) == 2


@pytest.mark.parametrize("variables", [{"n": 1}, {"n": "1"}, {"n": True}, {}])
async def test_variables_are_told_apart_by_value_and_type(variables: Mapping[str, Any]):
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    other = SubgraphCall("catalog", GraphQLRequest("{ products { id } }", {"n": 2}), {}, 1e9, is_query=True)
    call = SubgraphCall("catalog", GraphQLRequest("{ products { id } }", variables), {}, 1e9, is_query=True)

    tasks = await _started(shared.fetch(call), shared.fetch(other))

    assert len(gate.calls) == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_caller_that_hangs_up_takes_nobody_with_it():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    first, second, third = await _started(*(shared.fetch(_call()) for _ in range(3)))

    second.cancel()
    await asyncio.sleep(0)
    gate.calls[0].set_result(_BODY)

    assert (await first).body == (await third).body == _BODY
    assert len(gate.calls) == 1


async def test_when_the_one_who_fetches_hangs_up_another_takes_over():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    first, second, third = await _started(*(shared.fetch(_call()) for _ in range(3)))

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.sleep(0)
    gate.calls[1].set_result(_BODY)

    assert (await second).body == (await third).body == _BODY
    assert len(gate.calls) == 2


async def test_all_get_the_failure_of_their_one_request():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    tasks = await _started(*(shared.fetch(_call()) for _ in range(2)))

    gate.calls[0].set_exception(SubgraphUnavailable("catalog", "gone", Failure.TIME_OUT))

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [(type(outcome), outcome.reason, outcome.failure) for outcome in outcomes] == [
        (SubgraphUnavailable, "gone", Failure.TIME_OUT)
    ] * 2
    assert outcomes[0] is not outcomes[1]


async def test_an_answer_with_a_cookie_is_for_one_caller():
    gate = _Gate(headers=(("set-cookie", "session=1"),))
    shared = SharedQueries(gate, "catalog")
    tasks = await _started(*(shared.fetch(_call()) for _ in range(2)))

    gate.calls[0].set_result(_BODY)
    await tasks[0]
    await asyncio.sleep(0)
    gate.calls[1].set_result(_BODY)

    assert (await tasks[1]).body == _BODY


async def test_who_asks_after_a_mutation_does_not_get_what_was_asked_before_it():
    gate = _Gate()
    shared = SharedQueries(gate, "catalog")
    before, mutation = await _started(shared.fetch(_call()), shared.fetch(_call("mutation { m }", is_query=False)))
    gate.calls[1].set_result({"data": {"m": 1}})
    await mutation

    [after] = await _started(shared.fetch(_call()))
    gate.calls[0].set_result(_BODY)
    gate.calls[2].set_result({"data": {"products": []}})

    assert (await before).body == _BODY
    assert (await after).body == {"data": {"products": []}}


class _Headers(dict[str, str]):
    """Headers of which a test can tell whether they are still there."""


@pytest.mark.parametrize("callers", [1, 2])
async def test_calls_that_failed_are_not_kept_until_garbage_is_collected(callers: int):
    is_asked = asyncio.Event()

    class _Failing:
        async def fetch(self, _call: SubgraphCall) -> SubgraphAnswer:
            await is_asked.wait()
            raise SubgraphUnavailable("catalog", "no")

    shared = SharedQueries(_Failing(), "catalog")
    calls = [SubgraphCall("catalog", GraphQLRequest("{ a }"), _Headers(), deadline=1e9, is_query=True) for _ in "ab"]
    kept = [weakref.ref(call.headers) for call in calls]
    gc.disable()

    async def failing() -> None:
        with contextlib.suppress(SubgraphUnavailable):
            await shared.fetch(calls.pop())

    tasks = await _started(*(failing() for _ in range(callers)))
    is_asked.set()
    await asyncio.gather(*tasks)
    calls.clear()

    gc.enable()
    assert [ref() for ref in kept] == [None, None]
