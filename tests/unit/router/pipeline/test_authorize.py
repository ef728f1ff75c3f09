from collections.abc import Mapping

import pytest

from kernel.errors import Forbidden, Unauthenticated
from kernel.identity import Principal
from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router, RouterResponse
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, World

_SDLS = {
    "shop": """
      type Query {
        open: Int
        me: Person @authenticated
        books: Books @requiresScopes(scopes: [["orders:read"]])
        things: [Thing!]!
        any: [Any!]!
        product: Product
      }
      type Person { name: String }
      type Books @authenticated {
        total: Int! @requiresScopes(scopes: [["payments:read"], ["orders:read", "catalog:read"]])
      }
      interface Thing { id: ID! cost: Int }
      type Chair implements Thing @key(fields: "id") {
        id: ID! cost: Int @requiresScopes(scopes: [["payments:manage"]])
      }
      type Table implements Thing { id: ID! cost: Int }
      union Any = Chair | Table
      type Product @key(fields: "id") { id: ID! cost: Int @requiresScopes(scopes: [["payments:manage"]]) }
    """,
    "math": """
      type Product @key(fields: "id") {
        id: ID! cost: Int @external plain: Int
        margin: Int @requires(fields: "cost") @requiresScopes(scopes: [["payments:manage"]])
      }
    """,
}


class _Known:
    """Accepts the user names of the table below as tokens."""

    _ROLES: Mapping[str, frozenset[str]] = {
        "owner": frozenset({"platform_admin"}),
        "clerk": frozenset({"stock_clerk"}),
    }

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return None
        if token == "stranger":
            raise Forbidden("only a service or platform admin may choose a tenant")
        if token not in self._ROLES:
            raise Unauthenticated("the access token is not valid")
        return Principal(subject=token, tenant_id=None, roles=self._ROLES[token])


@pytest.fixture(name="graph")
def _graph() -> FederatedGraph:
    chair = {"__typename": "Chair", "id": "1", "cost": 5}
    table = {"__typename": "Table", "id": "2", "cost": 9}
    product = {"__typename": "Product", "id": "1", "cost": 5, "plain": 3}
    world = World(
        entities={"Product": [product], "Chair": [chair]},
        computed={
            "Query.open": lambda _: 1,
            "Query.me": lambda _: {"name": "Ann"},
            "Query.books": lambda _: {"total": 7},
            "Query.things": lambda _: [chair, table],
            "Query.any": lambda _: [chair, table],
            "Query.product": lambda _: product,
            "Product.margin": lambda p: p["cost"] * 2,
        },
    )
    return FederatedGraph(world, _SDLS)


async def _ask(graph: FederatedGraph, query: str, token: str | None) -> RouterResponse:
    router = Router(graph.supergraph_sdl, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await router.execute(GraphQLRequest(query), headers)


def _codes(response: RouterResponse) -> list[tuple[list[object], str]]:
    return [(error["path"], error["extensions"]["code"]) for error in response.body.get("errors", [])]


async def test_an_invalid_token_is_refused_before_anything_is_fetched(graph):
    response = await _ask(graph, "{ open }", "forged")

    assert response.status == 401
    assert response.headers == {"www-authenticate": "Bearer"}
    assert response.body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert graph.fetches == []


async def test_a_tenant_the_caller_may_not_choose_is_refused(graph):
    response = await _ask(graph, "{ open }", "stranger")

    assert response.status == 403
    assert graph.fetches == []


async def test_without_a_token_open_fields_are_answered_and_others_are_null(graph):
    response = await _ask(graph, "{ open me { name } }", None)

    assert response.status == 200
    assert response.body["data"] == {"open": 1, "me": None}
    assert _codes(response) == [(["me"], "UNAUTHENTICATED")]
    assert "me" not in graph.subgraphs["shop"].requests[0].query


async def test_a_field_without_its_scope_is_null_and_not_fetched(graph):
    response = await _ask(graph, "{ books { total } me { name } }", "clerk")

    assert response.body["data"] == {"books": None, "me": {"name": "Ann"}}
    assert _codes(response) == [(["books"], "FORBIDDEN")]
    assert "books" not in graph.subgraphs["shop"].requests[0].query


async def test_a_caller_with_all_scopes_sees_everything(graph):
    query = "{ open me { name } books { total } things { id cost } product { margin cost } }"

    response = await _ask(graph, query, "owner")

    assert response.body == {
        "data": {
            "open": 1,
            "me": {"name": "Ann"},
            "books": {"total": 7},
            "things": [{"id": "1", "cost": 5}, {"id": "2", "cost": 9}],
            "product": {"margin": 10, "cost": 5},
        }
    }


@pytest.mark.parametrize(
    "query",
    [
        "{ things { id cost } }",
        "{ things { id ... on Thing { cost } } }",
        "{ things { id ...F } } fragment F on Thing { cost }",
        "{ things: any { ... on Chair { id cost } ... on Table { id cost } } }",
        "{ things: any { ... on Thing { id cost } } }",
    ],
)
async def test_a_guarded_field_stays_guarded_behind_interfaces_unions_and_fragments(graph, query):
    response = await _ask(graph, query, "clerk")

    assert response.body["data"] == {"things": [{"id": "1", "cost": None}, {"id": "2", "cost": 9}]}
    assert _codes(response) == [(["things", 0, "cost"], "FORBIDDEN")]


async def test_a_guarded_field_behind_an_alias_of_another_stays_guarded(graph):
    response = await _ask(graph, "{ product { id: cost plain } }", "clerk")

    assert response.body["data"] is None or response.body["data"]["product"] == {"id": None, "plain": 3}
    assert _codes(response) == [(["product", "id"], "FORBIDDEN")]


async def test_a_field_that_requires_a_guarded_one_is_guarded_too(graph):
    response = await _ask(graph, "{ product { margin plain } }", "clerk")

    assert response.body["data"] == {"product": {"margin": None, "plain": 3}}
    assert _codes(response) == [(["product", "margin"], "FORBIDDEN")]
    assert "cost" not in graph.subgraphs["shop"].requests[0].query


async def test_plans_of_one_caller_are_not_used_for_another(graph):
    router = Router(graph.supergraph_sdl, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())
    request = GraphQLRequest("{ books { total } }")

    for token, expected in [("owner", {"total": 7}), ("clerk", None), ("owner", {"total": 7})]:
        response = await router.execute(request, {"authorization": f"Bearer {token}"})
        assert response.body["data"] == {"books": expected}


async def test_what_an_interface_demands_beyond_its_implementations_is_demanded_of_all(graph):
    before, interface = graph.supergraph_sdl.split("interface Thing", 1)
    stricter = f"{before}interface Thing{interface.replace('payments:manage', 'tenants:manage', 1)}"
    router = Router(stricter, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ things { id cost } }"), {"authorization": "Bearer clerk"})

    assert response.body["data"] == {"things": [{"id": "1", "cost": None}, {"id": "2", "cost": None}]}
    assert {code for _, code in _codes(response)} == {"FORBIDDEN"}


async def test_an_interfaces_demand_linked_for_security_is_obeyed_as_it_stands(graph):
    link = '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1"'
    assert link in graph.supergraph_sdl
    foreign = graph.supergraph_sdl.replace(link, f"{link}, for: SECURITY")
    router = Router(foreign, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ things { id cost } }"), {"authorization": "Bearer clerk"})

    assert response.body["data"] == {"things": [{"id": "1", "cost": None}, {"id": "2", "cost": None}]}


async def test_access_directives_are_known_by_the_names_they_are_imported_under(graph):
    renamed = (
        graph.supergraph_sdl.replace(
            '"https://specs.apollo.dev/authenticated/v0.1"',
            '"https://specs.apollo.dev/authenticated/v0.1", import: [{name: "@authenticated", as: "@auth"}]',
        )
        .replace("directive @authenticated", "directive @auth")
        .replace(" @authenticated", " @auth")
    )
    router = Router(renamed, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ me { name } }"), {})

    assert response.body["data"] == {"me": None}
    assert _codes(response) == [(["me"], "UNAUTHENTICATED")]


def _without_demand(supergraph_sdl: str, *fields: str) -> str:
    """The supergraph as a composer writes it that does not ask whether computed fields are as secret as their source.

    The fields stand on lines of their own.
    """
    return "\n".join(
        line.replace("@authenticated", "") if line.strip().partition("(")[0].partition(":")[0] in fields else line
        for line in supergraph_sdl.split("\n")
    )


async def test_what_is_computed_through_an_interface_is_as_secret_as_its_implementations():
    secret = {"__typename": "Secret", "text": "s"}
    thing = {"__typename": "Thing", "id": "1", "note": secret}
    graph = FederatedGraph(
        World(
            entities={"Thing": [thing]},
            computed={"Query.thing": lambda _: thing, "Thing.copy": lambda parent: parent["note"]["text"]},
        ),
        {
            "a": 'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! note: Note }'
            " interface Note { text: String } type Secret implements Note { text: String @authenticated }",
            "b": 'type Thing @key(fields: "id") { id: ID! note: Note @external'
            ' copy: String @requires(fields: "note { text }") @authenticated }'
            " interface Note { text: String } type Secret implements Note @external { text: String }",
        },
    )
    careless = _without_demand(graph.supergraph_sdl, "copy")
    router = Router(careless, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ thing { copy } }"), {})

    assert response.body["data"] == {"thing": {"copy": None}}
    assert _codes(response) == [(["thing", "copy"], "UNAUTHENTICATED")]


async def test_what_is_computed_from_a_computed_field_is_as_secret_as_its_source():
    thing = {"__typename": "Thing", "id": "1", "text": "s"}
    entity = 'type Thing @key(fields: "id") { id: ID!'
    graph = FederatedGraph(
        World(
            entities={"Thing": [thing]},
            computed={
                "Query.thing": lambda _: thing,
                "Thing.copy": lambda parent: parent["text"],
                "Thing.print": lambda parent: parent["copy"],
            },
        ),
        {
            "a": f"type Query {{ thing: Thing }} {entity} text: String @authenticated }}",
            "b": f'{entity} text: String @external copy: String @requires(fields: "text") @authenticated }}',
            "c": f'{entity} copy: String @external print: String @requires(fields: "copy") @authenticated }}',
        },
    )
    careless = _without_demand(graph.supergraph_sdl, "copy", "print")
    router = Router(careless, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ thing { print } }"), {})

    assert response.body["data"] == {"thing": {"print": None}}
    assert _codes(response) == [(["thing", "print"], "UNAUTHENTICATED")]


async def test_what_an_argument_takes_from_a_context_is_as_secret_as_the_context():
    unit = {"__typename": "Unit", "id": "1"}
    graph = FederatedGraph(
        World(
            entities={"Unit": [unit]},
            computed={"Query.shop": lambda _: {"__typename": "Shop", "code": "s", "unit": unit}},
        ),
        {
            "a": 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
            ' import: ["@key", "@authenticated", "@context", "@fromContext"])'
            ' type Query { shop: Shop } type Shop @context(name: "c") { code: String @authenticated unit: Unit }'
            ' type Unit @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$c { code }")): String'
            " @authenticated }",
        },
    )
    careless = _without_demand(graph.supergraph_sdl, "price")
    router = Router(careless, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    response = await router.execute(GraphQLRequest("{ shop { unit { price } } }"), {})

    assert response.body["data"] == {"shop": {"unit": {"price": None}}}
    assert _codes(response) == [(["shop", "unit", "price"], "UNAUTHENTICATED")]
    assert not any("code" in request.query for request in graph.subgraphs["a"].requests)


@pytest.mark.parametrize(
    ("query", "first", "then"),
    [
        ("{ open ... @defer { me { name } } }", {"open": 1}, {"me": None}),
        ("{ product { plain ... @defer { cost } } }", {"product": {"plain": 3}}, {"cost": None}),
        ("{ product { ... @defer { cost } } }", {"product": {}}, {"cost": None}),
    ],
)
async def test_a_deferred_part_of_which_the_caller_may_see_nothing_comes_as_null(graph, query, first, then):
    router = Router(graph.supergraph_sdl, InProcessTransport(graph.subgraphs), RouterSettings(), _Known())

    answer = await router.execute(GraphQLRequest(query), {}, incremental=IncrementalFormat.CURRENT)

    assert answer.later is not None
    [last] = [payload async for payload in answer.later]
    assert answer.body["data"] == first
    assert [(part["data"], part["errors"][0]["extensions"]["code"]) for part in last["incremental"]] == [
        (then, "UNAUTHENTICATED")
    ]
