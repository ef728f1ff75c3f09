"""`@defer` in documents: what is offered, and what the specification forbids."""

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from kernel.subgraph import GraphQLRequest
from tests.factories.federation import FederatedGraph, World

_SDL = "type Query { thing: Thing } type Mutation { change: Thing } type Thing { name: String tags: [String] }"


def _graph() -> FederatedGraph:
    thing = {"name": "chair", "tags": ["a"]}
    computed = {"Query.thing": lambda _: thing, "Mutation.change": lambda _: thing}
    return FederatedGraph(World(computed=computed), {"a": _SDL})


async def test_introspection_tells_of_defer_with_its_arguments():
    answer = await _graph().ask(get_introspection_query())

    printed = print_schema(build_client_schema(answer["data"]))
    assert "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT" in printed
    assert "@stream" not in printed


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            '{ thing { ...@defer(label: "a") { name } ...@defer(label: "a") { tags } } }',
            "Defer/Stream directive label argument must be unique.",
        ),
        (
            "query ($l: String) { thing { ...@defer(label: $l) { name } } }",
            "Defer directive label argument must be a static string.",
        ),
        (
            "mutation { ...@defer { change { name } } }",
            "Defer directive cannot be used on root mutation type 'Mutation'.",
        ),
        (
            "mutation { ...M } fragment M on Mutation { ...@defer { change { name } } }",
            "Defer directive cannot be used on root mutation type 'Mutation'.",
        ),
        ("{ thing { name @defer } }", "Directive '@defer' may not be used on field."),
        (
            "{ thing { ...T @defer @defer } } fragment T on Thing { name }",
            "The directive '@defer' can only be used once at this location.",
        ),
        (
            "{ thing { ...@defer(if: null) { name } } }",
            "Expected value of non-null type 'Boolean!' not to be None.",
        ),
        ("{ thing { tags @stream(initialCount: 1) } }", "@stream is not supported here; @defer is, on fragments."),
    ],
)
async def test_a_document_that_defers_what_cannot_be_deferred_is_refused(document: str, message: str):
    graph = _graph()

    response = await graph.router.execute(GraphQLRequest(document), {})

    assert (response.status, response.body["errors"][0]["message"]) == (400, message)
    assert graph.fetches == []


@pytest.mark.parametrize("variables", [None, {"d": True}, {"d": False}, {"d": None}])
async def test_a_client_that_wants_one_document_gets_everything_in_it(variables):
    graph = _graph()
    query = 'query ($d: Boolean) { thing { name ...T @defer(if: $d, label: "t") } } fragment T on Thing { tags }'

    answer = await graph.ask(query, variables)

    assert answer == {"data": {"thing": {"name": "chair", "tags": ["a"]}}}
