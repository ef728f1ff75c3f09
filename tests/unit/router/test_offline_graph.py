import pytest
from graphql import OperationDefinitionNode

from router.composition import SubgraphSource, compose
from router.offline_graph import OfflineGraph
from router.planning.rendering import render_text


def _plan(query: str, variables: dict[str, object]) -> str:
    sdl = "type Query { x: Int y: Int }"
    graph = OfflineGraph(compose([SubgraphSource("a", "http://a.invalid", sdl)]).supergraph_sdl)
    document = graph.read(query)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return render_text(graph.plan(document, operation, variables))


@pytest.mark.parametrize(
    ("declared", "variables", "is_asked"),
    [
        ("$f: Boolean! = true", {}, True),
        ("$f: Boolean! = false", {}, False),
        ("$f: Boolean! = true", {"f": False}, False),
        ("$f: Boolean!", {"f": True}, True),
    ],
)
def test_a_condition_that_is_not_given_has_its_default(declared, variables, is_asked):
    plan = _plan(f"query Q({declared}) {{ x @include(if: $f) y }}", variables)

    assert (" x" in plan) == is_asked
