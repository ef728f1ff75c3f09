import time

import pytest

from kernel.subgraph import GraphQLRequest
from tests.factories.federation import FederatedGraph, World


@pytest.fixture(name="graph", scope="module")
def _graph() -> FederatedGraph:
    node: dict[str, object] = {"x": 1}
    node["a"] = node
    return FederatedGraph(
        World(computed={"Query.a": lambda _: node, "Query.x": lambda _: 1}),
        {"a": "type Query { a: A x: Int n(i: Int, o: [O!]): Int } type A { x: Int a: A } input O { o: [O!] i: Int }"},
    )


def _nested(levels: int) -> str:
    return "{ " + "a { " * (levels - 1) + "x" + " }" * levels


def _fragments(levels: int, spreads: int = 2, *, field: str = "") -> str:
    opening, closing = (f"{field} {{ ", " }") if field else ("", "")
    links = [
        f"fragment F{n} on A {{ {' '.join([f'{opening}...F{n + 1}{closing}'] * spreads)} }}" for n in range(levels)
    ]
    return f"{{ a {{ ...F0 }} }} {' '.join(links)} fragment F{levels} on A {{ x }}"


_ATTACKS = {
    "deep fields": (_nested(13), "QUERY_TOO_DEEP"),
    "very deep fields": (_nested(300), "QUERY_TOO_DEEP"),
    "deep inline fragments": ("{" + "...{" * 400 + "x" + "}" * 401, "QUERY_TOO_DEEP"),
    "deep list literal": ("{ n(o: " + "[" * 450 + "]" * 450 + ") }", "QUERY_TOO_DEEP"),
    "wide fragment tree 2^18": (_fragments(18), "QUERY_TOO_COSTLY"),
    "wide fragment tree 2^45": (_fragments(45), "QUERY_TOO_COSTLY"),
    "nested fragment tree": (_fragments(11, field="a"), "QUERY_TOO_DEEP"),
    "fragment cycle": ("{ a { ...F } } fragment F on A { ...F }", "BAD_USER_INPUT"),
    "long fragment cycle": ("{ a { ...F } } fragment F on A { ...G } fragment G on A { ...F }", "BAD_USER_INPUT"),
    "same field again and again": ("{ " + "x " * 500 + "}", "QUERY_TOO_COSTLY"),
    "same field with selections": ("{ " + "a { x } " * 30 + "}", "QUERY_TOO_COSTLY"),
    "same field in inline fragments": ("{ " + "... { x } " * 100 + "}", "QUERY_TOO_COSTLY"),
    "aliases": ("{ a { " + " ".join(f"k{n}: x" for n in range(31)) + " } }", "QUERY_TOO_COSTLY"),
    "root fields": ("{ " + " ".join(f"k{n}: x" for n in range(21)) + " }", "QUERY_TOO_COSTLY"),
    "aliases in spread fragments": (
        "{ a { a { ...F } b: a { ...F } c: a { ...F } d: a { ...F } } } fragment F on A { "
        + " ".join(f"k{n}: x" for n in range(9))
        + " }",
        "QUERY_TOO_COSTLY",
    ),
    "directives": ("{ x " + "@include(if: true) " * 21 + "}", "QUERY_TOO_COSTLY"),
    "unknown directives": ("{ x " + "@nope " * 15 + "}", "BAD_USER_INPUT"),
    "fragment definitions": (
        "{ a { ...F0 } } " + " ".join(f"fragment F{n} on A {{ x }}" for n in range(51)),
        "QUERY_TOO_COSTLY",
    ),
    "tokens": ("{ " + "x " * 1001 + "}", "QUERY_TOO_COSTLY"),
    "bytes": ("{ x } #" + "é" * 50_001, "QUERY_TOO_COSTLY"),
    "endless number": ("{ n(i: " + "9" * 6000 + ") }", "BAD_USER_INPUT"),
    "many operations without a name": ("query A { x } query B { x }", "BAD_USER_INPUT"),
    "subscription": ("subscription { x }", "BAD_USER_INPUT"),
    "no operation": ("fragment F on A { x }", "BAD_USER_INPUT"),
    "nothing": (" ", "BAD_USER_INPUT"),
    "not GraphQL": ("{ x", "BAD_USER_INPUT"),
    "unknown field": ("{ y }", "BAD_USER_INPUT"),
    "introspection bomb": (
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "BAD_USER_INPUT",
    ),
    "introspection in a deep operation": ("{ __typename " + _nested(13)[1:], "QUERY_TOO_DEEP"),
}


@pytest.mark.parametrize(("query", "code"), _ATTACKS.values(), ids=_ATTACKS)
async def test_an_operation_that_asks_too_much_is_refused_quickly(graph, query, code):
    graph.forget()
    started = time.process_time()

    response = await graph.router.execute(GraphQLRequest(query), {})

    assert response.status == 400
    assert [error["extensions"]["code"] for error in response.body["errors"]][:1] == [code]
    assert "data" not in response.body
    assert graph.fetches == []
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "query",
    [
        _nested(12),
        "{ " + " ".join(f"k{n}: x" for n in range(20)) + " }",
        "{ a { " + " ".join(f"k{n}: x" for n in range(30)) + " } }",
        "{ " + "x " * 10 + "}",
        "{ x " + "@include(if: true) " * 1 + "}",
        _fragments(3),
    ],
)
async def test_an_operation_at_the_limit_is_answered(graph, query):
    response = await graph.router.execute(GraphQLRequest(query), {})

    assert response.status == 200
    assert "errors" not in response.body


@pytest.mark.parametrize(
    "variables",
    [
        {"o": [{"i": 1}] * 30_000},
        {"o": [{"i": 10**5000}]},
        {"o": "text"},
        {"o": [{"unknown": 1}]},
        {},
    ],
)
async def test_variables_that_do_not_fit_are_refused(graph, variables):
    graph.forget()
    query = "query ($o: [O!]!) { n(o: $o) }"

    response = await graph.router.execute(GraphQLRequest(query, variables), {})

    assert response.status == 400
    assert response.body["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "QUERY_TOO_COSTLY"}
    assert graph.fetches == []


async def test_variables_nested_without_end_are_refused(graph):
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"o": [deep]}

    response = await graph.router.execute(GraphQLRequest("query ($o: O!) { n(o: [$o]) }", {"o": deep}), {})

    assert (response.status, response.body["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
