from graphql import build_client_schema, get_introspection_query, print_schema

from kernel.subgraph import GraphQLRequest
from tests.factories.federation import FederatedGraph, World

_SDL = """
type Query { open: Thing secret: Int @inaccessible pick(color: Color, hidden: Int @inaccessible): Int }
type Thing { name: String hidden: Int @inaccessible }
type Hidden @inaccessible { x: Int }
union Both = Thing | Hidden
enum Color { RED BLUE @inaccessible }
"""


def _graph(**settings: object) -> FederatedGraph:
    return FederatedGraph(World(computed={"Query.pick": lambda _, **given: len(given)}), {"a": _SDL}, **settings)


async def test_the_standard_introspection_query_describes_the_public_schema():
    graph = _graph()

    response = await graph.router.execute(GraphQLRequest(get_introspection_query(descriptions=True)), {})

    printed = print_schema(build_client_schema(response.body["data"]))
    assert response.status == 200
    assert "secret" not in printed
    assert "hidden" not in printed
    assert "Hidden" not in printed
    assert "BLUE" not in printed
    assert "join__" not in printed
    assert graph.fetches == []


async def test_introspection_and_fields_can_be_asked_together_in_any_order():
    graph = _graph()

    answer = await graph.ask(
        "query ($n: String!) { t: __type(name: $n) { ...T } pick __typename } fragment T on __Type { name }",
        {"n": "Thing"},
    )

    assert answer == {"data": {"t": {"name": "Thing"}, "pick": 0, "__typename": "Query"}}
    assert list(answer["data"]) == ["t", "pick", "__typename"]


async def test_introspection_can_be_switched_off_with_its_hints():
    graph = _graph(allows_introspection=False)

    asked = await graph.ask("{ __schema { types { name } } }")
    guessed = await graph.ask("{ ope { name } }")

    assert asked["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert guessed["errors"][0]["message"] == "Cannot query field 'ope' on type 'Query'."


async def test_what_is_inaccessible_cannot_be_asked():
    graph = _graph()
    queries = [
        "{ secret }",
        "{ open { hidden } }",
        "{ pick(hidden: 1) }",
        "{ pick(color: BLUE) }",
        "{ _entities(representations: []) { __typename } }",
        "{ _service { sdl } }",
    ]

    answers = [await graph.ask(query) for query in queries]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["BAD_USER_INPUT"] * 6
    assert graph.fetches == []


async def test_inaccessible_enum_values_do_not_pass_as_variables():
    graph = _graph()

    answer = await graph.ask("query ($c: Color) { pick(color: $c) }", {"c": "BLUE"})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert graph.fetches == []
