"""Plans with `@defer`: what is fetched first, what later, and what a later fetch waits for."""

import pytest
from graphql import OperationDefinitionNode, parse

from router.offline_graph import OfflineGraph
from router.pipeline.parse import select_operation
from router.planning.nodes import Defer, Fetch, fetches_of
from router.planning.planner import Planner, QueryPlan, read_operation
from router.planning.rendering import render_json, render_text
from tests.factories.federation import FederatedGraph, World

_SDLS = {
    "a": """
        type Query { t: T ts: [T!] node: Node w: V }
        type Mutation { change: T }
        interface Node { id: ID! }
        type T implements Node @key(fields: "id") { id: ID! own: Int v: V vs: [V!] weight: Int @shareable }
        type S implements Node @key(fields: "id") { id: ID! own: Int }
        type V { p: Int q: Int }
    """,
    "b": """
        type T @key(fields: "id") { id: ID! v1: String v2: String u: U }
        type U @key(fields: "code") { code: ID! x: Int }
    """,
    "c": """
        type Query { c: Int }
        type U @key(fields: "code") { code: ID! y: Int }
        type T @key(fields: "id") { id: ID! weight: Int @external cost: Int @requires(fields: "weight") }
    """,
}


@pytest.fixture(name="graph", scope="module")
def _graph() -> FederatedGraph:
    return FederatedGraph(World(), _SDLS)


def _plan(graph: FederatedGraph, query: str, **conditions: bool) -> QueryPlan:
    document = parse(query)
    node = document.definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    operation = read_operation(document, node, graph.router.supergraph, conditions, defers=True)
    return Planner(graph.router.supergraph).plan(operation)


def _told(fetch: Fetch) -> str:
    asked = fetch.flattens[0].text if fetch.flattens else fetch.operation
    after = f" after {list(fetch.after)}" if fetch.after else ""
    return f"{fetch.number} {fetch.subgraph}{after}: {asked}"


def _parts(plan: QueryPlan) -> tuple[list[str], list[list[str]]]:
    """The fetches of the primary and of each deferred part."""
    assert isinstance(plan.node, Defer)
    deferred = [[_told(fetch) for fetch in fetches_of(part.node)] for part in plan.node.deferred]
    return [_told(fetch) for fetch in fetches_of(plan.node.primary)], deferred


@pytest.mark.parametrize(
    ("query", "primary", "deferred"),
    [
        pytest.param(
            "{ t { v1 ...@defer { v2 } } }",
            ["0 a: query { t { id } }", "1 b: ... on T { v1 }"],
            [["2 b after [0]: ... on T { v2 }"]],
            id="fields of one subgraph, one of them deferred",
        ),
        pytest.param(
            "{ t { ...@defer { own } } }",
            ["0 a: query { t { id } }"],
            [["1 a after [0]: ... on T { own }"]],
            id="the subgraph that has the key is asked again",
        ),
        pytest.param(
            "{ t { v { p ...@defer { q } } } }",
            ["0 a: query { t { v { p } id } }"],
            [["1 a after [0]: ... on T { v { q } }"]],
            id="an object without a key is fetched again through the one it belongs to",
        ),
        pytest.param(
            "{ w { p ...@defer { q } } t { vs { p ...@defer { q } } } }",
            ["0 a: query { w { p q } t { vs { p q } } }"],
            [[], []],
            id="unless there is none, or a list of such",
        ),
        pytest.param(
            "{ t { own ...@defer { id own __typename } } }",
            ["0 a: query { t { own id } }"],
            [[]],
            id="keys come along, and what is asked for at once anyhow",
        ),
        pytest.param(
            "{ t { ...@defer { u { x ...@defer { y } } } } }",
            ["0 a: query { t { id } }"],
            [["1 b after [0]: ... on T { u { x code } }"], ["2 c after [1]: ... on U { y }"]],
            id="nested",
        ),
        pytest.param(
            "{ ts { ...@defer { v1 } } }",
            ["0 a: query { ts { id } }"],
            [["1 b after [0]: ... on T { v1 }"]],
            id="in a list, looked up in one request",
        ),
        pytest.param(
            "{ ...@defer { c } t { own } }",
            ["0 a: query { t { own } }"],
            [["1 c: query { c }"]],
            id="at the top, waiting for nothing",
        ),
        pytest.param(
            "{ ...@defer { c } }",
            [],
            [["0 c: query { c }"]],
            id="nothing at once",
        ),
        pytest.param(
            "{ t { ...@defer { cost } } }",
            ["0 a: query { t { id } }"],
            [["1 a after [0]: ... on T { weight }", "2 c after [0]: ... on T { cost }"]],
            id="what a deferred field requires is not fetched with the first part",
        ),
        pytest.param(
            "{ t { weight ...@defer { cost } } }",
            ["0 a: query { t { weight id } }"],
            [["1 c after [0]: ... on T { cost }"]],
            id="unless the client asks for it at once",
        ),
        pytest.param(
            "{ node { id ...on T @defer { v1 } ...on S @defer { own } } }",
            ["0 a: query { node { __typename ... on S { id } ... on T { id } } }"],
            [["1 a after [0]: ... on S { own }"], ["2 b after [0]: ... on T { v1 }"]],
            id="by type",
        ),
        pytest.param(
            "mutation { change { id ...@defer { v1 } } }",
            ["0 a: mutation { change { id } }"],
            [["1 b after [0]: ... on T { v1 }"]],
            id="below a mutation",
        ),
        pytest.param(
            "{ t { v { p } ...@defer { v { p q } v1 } } }",
            ["0 a: query { t { v { p } id } }"],
            [["1 b after [0]: ... on T { v1 }", "2 a after [0]: ... on T { v { q } }"]],
            id="of an object asked for at once too the rest is fetched later",
        ),
        pytest.param(
            '{ t { ...@defer(label: "A") { v1 v2 } ...@defer(label: "B") { v2 } } }',
            ["0 a: query { t { id } }"],
            [["1 b after [0]: ... on T { v1 }"], ["2 b after [0]: ... on T { v2 }"]],
            id="what two fragments share is fetched once",
        ),
        pytest.param(
            "{ t { ...@defer { v1 ...@defer { v1 v2 } } } }",
            ["0 a: query { t { id } }"],
            [["1 b after [0]: ... on T { v1 }"], ["2 b after [0]: ... on T { v2 }"]],
            id="what a fragment and one inside it share comes with the outer",
        ),
    ],
)
def test_what_is_deferred_is_fetched_apart(
    graph: FederatedGraph, query: str, primary: list[str], deferred: list[list[str]]
):
    plan = _plan(graph, query)

    assert _parts(plan) == (primary, deferred)


@pytest.mark.parametrize(
    "query", ["{ t { v1 ...@defer { v1 } } }", "{ t { v1 ...@defer(if: false) { v2 } } }", "{ t { v1 } }"]
)
def test_without_anything_to_defer_the_plan_is_a_plain_one(graph: FederatedGraph, query: str):
    plan = _plan(graph, query)

    assert not isinstance(plan.node, Defer)
    assert plan.parts == {}


def test_the_condition_decides_what_is_deferred(graph: FederatedGraph):
    query = "query ($d: Boolean!) { t { v1 ...@defer(if: $d) { v2 } } }"

    assert isinstance(_plan(graph, query, d=True).node, Defer)
    assert not isinstance(_plan(graph, query, d=False).node, Defer)


def test_fragments_that_share_fields_have_a_part_for_them_with_both_labels(graph: FederatedGraph):
    plan = _plan(graph, '{ t { ...@defer(label: "A") { v1 v2 } ...@defer(label: "B") { v2 own } } }')

    assert isinstance(plan.node, Defer)
    assert [part.labels for part in plan.node.deferred] == [("A",), ("A", "B"), ("B",)]


def test_an_operation_whose_deferred_part_cannot_be_reached_on_its_own_is_planned_whole():
    shared = FederatedGraph(
        World(),
        {
            "a": "type Query { v: V @shareable } type V { p: Int @shareable }",
            "b": "type Query { v: V @shareable } type V { p: Int @shareable q: Int }",
        },
    )
    offline = OfflineGraph(shared.supergraph_sdl)
    document = offline.read("{ v { p ...@defer { q } } }")

    plan = offline.plan(document, select_operation(document, None), {})

    assert [fetch.operation for fetch in fetches_of(plan.node)] == ["query { v { p q } }"]
    assert not isinstance(plan.node, Defer)


def test_a_key_that_is_looked_up_by_elsewhere_only_comes_along():
    graph = FederatedGraph(
        World(),
        {
            "a": """
                type Query { t: T }
                type T @key(fields: "id") { id: ID! u: U }
                type U @key(fields: "id", resolvable: false) { id: ID! }
            """,
            "b": """
                type T @key(fields: "id") { id: ID! slow: Int }
                type U @key(fields: "id") { id: ID! }
            """,
        },
    )

    plan = _plan(graph, "{ t { u { id } ...@defer { u { again: id } slow } } }")

    assert _parts(plan) == (
        ["0 a: query { t { u { id again: id } id } }"],
        [["1 b after [0]: ... on T { slow }"]],
    )


def test_a_deferring_plan_is_printed_with_what_depends_on_what(graph: FederatedGraph):
    plan = _plan(graph, '{ t { v1 ...@defer(label: "rest") { own } } }')

    assert render_text(plan).splitlines() == [
        "QueryPlan(hops: 2, requests: 3, fields: 4) {",
        "  Defer {",
        "    Primary {",
        "      Sequence {",
        "        Fetch(subgraph: a, id: 0) {",
        "          {",
        "            t {",
        "              id",
        "            }",
        "          }",
        "        }",
        "        Fetch(subgraph: b, id: 1) {",
        "          Flatten(path: t) { ... on T { __typename id } }",
        "          =>",
        "          {",
        "            ... on T {",
        "              v1",
        "            }",
        "          }",
        "        }",
        "      }",
        "    }",
        "    Deferred(depends: [0], path: t, label: rest) {",
        "      Fetch(subgraph: a, id: 2, after: [0]) {",
        "        Flatten(path: t) { ... on T { __typename id } }",
        "        =>",
        "        {",
        "          ... on T {",
        "            own",
        "          }",
        "        }",
        "      }",
        "    }",
        "  }",
        "}",
    ]


def test_a_deferring_plan_as_json_names_the_fetches_a_part_depends_on(graph: FederatedGraph):
    plan = _plan(graph, '{ t { ...@defer(label: "rest") { v { p } } ...@defer { id } } }')

    printed = render_json(plan)

    look_up = (
        "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on T { v { p } } } }"
    )
    assert printed == {
        "kind": "QueryPlan",
        "cost": {"hops": 1, "requests": 2, "fields": 4},
        "degraded": False,
        "candidates": 8,
        "node": {
            "kind": "Defer",
            "primary": {
                "node": {
                    "kind": "Fetch",
                    "serviceName": "a",
                    "operationKind": "query",
                    "operation": "query { t { id } }",
                    "variableUsages": [],
                    "id": 0,
                    "after": [],
                }
            },
            "deferred": [
                {
                    "depends": [{"id": 0}],
                    "labels": ["rest"],
                    "path": "t",
                    "node": {
                        "kind": "Fetch",
                        "serviceName": "a",
                        "operationKind": "query",
                        "operation": look_up,
                        "variableUsages": [],
                        "id": 1,
                        "after": [0],
                        "flattens": [
                            {
                                "kind": "Flatten",
                                "alias": "_entities",
                                "variable": "representations",
                                "entities": [{"path": "t", "requires": "... on T { __typename id }"}],
                                "selection": "... on T { v { p } }",
                            }
                        ],
                    },
                },
                {"depends": [{"id": 0}], "labels": [None], "path": "t", "node": None},
            ],
        },
    }
