from typing import Any

from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from router.pipeline.plan import LeastRecentlyUsed
from tests.factories.federation import FederatedGraph, World


def _count_plans(graph: FederatedGraph, monkeypatch: Any) -> list[object]:
    planned: list[object] = []
    plan = graph.router._planner.plan

    def counting(operation: Any, denied: Any, labels: Any) -> Any:
        planned.append(operation)
        return plan(operation, denied, labels)

    monkeypatch.setattr(graph.router._planner, "plan", counting)
    return planned


async def test_a_document_is_planned_once_per_outcome_of_its_conditions(monkeypatch):
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    planned = _count_plans(graph, monkeypatch)
    query = "query ($f: Boolean! = true, $n: Int) { x @include(if: $f) y z: x @skip(if: false) w: __typename }"
    query = query.replace(", $n: Int", "")

    answers = [await graph.ask(query, variables) for variables in ({}, {"f": True}, {"f": False}, {"f": False})]

    assert [list(answer["data"]) for answer in answers] == [["x", "y", "z", "w"]] * 2 + [["y", "z", "w"]] * 2
    assert len(planned) == 2


async def test_operations_of_one_document_are_planned_apart():
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    document = "query A { x } query B { y }"

    answers = [await graph.router.execute(GraphQLRequest(document, None, name), {}) for name in ("A", "B", "C")]

    assert [answer.body.get("data") for answer in answers] == [{"x": 1}, {"y": 2}, None]
    assert answers[2].status == 400


def test_the_entry_that_was_not_used_for_longest_is_forgotten_first():
    memory = LeastRecentlyUsed[str, int](2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")

    memory.put("c", 3)

    assert [memory.get(key) for key in "abc"] == [1, None, 3]


async def test_plans_that_defer_are_kept_apart_by_the_condition_and_by_what_the_client_accepts(monkeypatch):
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    planned = _count_plans(graph, monkeypatch)
    query = "query ($d: Boolean) { x ...@defer(if: $d) { y } }"
    accepted = [IncrementalFormat.CURRENT, IncrementalFormat.OLDER, IncrementalFormat.CURRENT, None]

    answers = [
        await graph.router.execute(GraphQLRequest(query, variables), {}, incremental=incremental)
        for variables in ({}, {"d": False})
        for incremental in accepted
    ]

    later = [answer.later for answer in answers if answer.later is not None]
    assert [answer.body["data"] for answer in answers] == [{"x": 1}] * 3 + [{"x": 1, "y": 2}] * 5
    assert [[payload["hasNext"] async for payload in payloads] for payloads in later] == [[False]] * 3
    assert len(planned) == 4


async def test_a_document_with_twenty_conditions_has_nine_plans_at_most(monkeypatch):
    computed = {f"Query.x{index}": lambda _, index=index: index for index in range(20)}
    fields = " ".join(f"x{index}: Int" for index in range(20))
    graph = FederatedGraph(World(computed=computed), {"a": f"type Query {{ {fields} y: Int }}"}, max_root_fields=21)
    planned = _count_plans(graph, monkeypatch)
    declared = ", ".join(f"$v{index}: Boolean!" for index in range(20))
    query = f"query ({declared}) {{ {' '.join(f'x{i} @include(if: $v{i})' for i in range(20))} y }}"
    rows = [{f"v{index}": number >> index & 1 == 1 for index in range(20)} for number in range(0, 1 << 20, 5_003)]

    answers = [await graph.ask(query, row) for row in rows]

    wanted = [{f"x{index}" for index in range(20) if row[f"v{index}"]} | {"y"} for row in rows]
    assert [answer["data"].keys() for answer in answers] == wanted
    assert len(rows) > 200
    assert len(planned) == 9


async def test_the_plan_for_all_conditions_asks_for_nothing_that_is_skipped():
    world = World(
        entities={"P": [{"__typename": "P", "id": "p", "x": 1, "z": 3}]},
        computed={"Query.p": lambda _: world.entities["P"][0], "P.r": lambda p: p["z"] + 1},
    )
    graph = FederatedGraph(
        world,
        {
            "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! x: Int }',
            "b": 'type P @key(fields: "id") { id: ID! z: Int }',
            "c": 'type P @key(fields: "id") { id: ID! z: Int @external r: Int @requires(fields: "z") }',
        },
        condition_plans=0,
    )
    query = "query ($r: Boolean!, $x: Boolean!) { p { r @include(if: $r) x @skip(if: $x) } }"

    answers = [await graph.ask(query, {"r": r, "x": not r}) for r in (False, True)]

    assert [answer["data"]["p"] for answer in answers] == [{}, {"r": 4, "x": 1}]
    assert graph.fetches == ["a", "a", "b", "c"]


async def test_keys_of_an_answer_stand_where_they_are_first_asked_for_whatever_is_skipped():
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}),
        {"a": "type Query { x: Int y: Int }"},
        condition_plans=0,
    )
    query = "query ($f: Boolean!) { ... @include(if: $f) { x } y x __typename @skip(if: $f) }"

    answers = [await graph.ask(query, {"f": flag}) for flag in (True, False)]

    assert [list(answer["data"]) for answer in answers] == [["x", "y"], ["y", "x", "__typename"]]
