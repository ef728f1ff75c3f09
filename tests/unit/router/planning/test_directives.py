"""Directives that the router has no use for itself are the subgraphs': they go along with what they stand on."""

import pytest
from graphql import parse

from router.composition import compose
from router.planning.nodes import fetches_of
from router.planning.planner import Planner, read_operation
from router.planning.supergraph import Supergraph
from router.planning.supergraph_loader import load_supergraph
from tests.unit.router.composition.documents import sources

_SHOUTS = "directive @shout(times: Int) repeatable on FIELD | QUERY | MUTATION "


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    documents = {
        "a": _SHOUTS
        + 'type Query { p: P } type Mutation { make: P } type P @key(fields: "id") { id: ID! name: String }',
        "b": _SHOUTS + 'type P @key(fields: "id") { id: ID! name: String @external text(n: Int): String'
        ' label: String @requires(fields: "name") }',
    }
    return load_supergraph(compose(sources(documents)).supergraph_sdl).supergraph


def _asked(supergraph: Supergraph, query: str) -> list[str]:
    document = parse(query)
    plan = Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {}))
    return [fetch.operation for fetch in fetches_of(plan.node)]


def test_directives_of_fields_go_along_with_their_variables(supergraph):
    asked = _asked(supergraph, "query ($n: Int) { p @shout { text(n: 1) @shout(times: $n) @include(if: true) } }")

    first, second = asked
    assert first == "query { p @shout { id } }"
    assert second.startswith("query($representations: [_Any!]!, $n: Int) {")
    assert second.endswith("{ ... on P { text(n: 1) @shout(times: $n) } } }")


def test_directives_of_an_operation_go_along_with_every_fetch_of_its_kind(supergraph):
    first, second = _asked(supergraph, "query @shout(times: 2) { p { text } }")
    change, look_up = _asked(supergraph, "mutation @shout { make { text } }")

    assert first.startswith("query @shout(times: 2) {")
    assert second.startswith("query($representations: [_Any!]!) @shout(times: 2) {")
    assert change.startswith("mutation @shout {")
    assert "@shout" not in look_up


def test_the_directives_of_a_field_that_is_asked_twice_are_those_of_both(supergraph):
    [asked] = _asked(supergraph, "{ p { name } p @shout { name @shout(times: 3) } }")

    assert asked == "query { p @shout { name @shout(times: 3) } }"


def test_a_requirement_is_not_met_by_a_field_with_a_directive(supergraph):
    first, _ = _asked(supergraph, "{ p { name @shout label } }")

    assert first == "query { p { name @shout id _0_name: name } }"
