"""Arguments filled from an object further up."""

from typing import Any

from graphql import parse

from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from router.planning.planner import Planner, read_operation
from router.planning.rendering import render_text
from tests.factories.federation import FederatedGraph, World


def _graph() -> FederatedGraph:
    products = [{"__typename": "Product", "id": f"p{n}", "cents": n * 100} for n in range(3)]
    shops = [
        {"__typename": "Shop", "id": "s1", "currency": "EUR", "products": products[:2]},
        {"__typename": "Shop", "id": "s2", "currency": "CHF", "products": products[1:]},
        {"__typename": "Shop", "id": "s3", "currency": "EUR", "products": products[2:]},
    ]

    def price(product: Any, currency: str | None = None, digits: int = 0) -> str:
        return f"{product['cents']} {currency} {digits}"

    world = World(
        entities={"Product": products, "Shop": shops},
        computed={"Query.shops": lambda _: shops, "Product.price": price},
    )
    return FederatedGraph(
        world,
        {
            "a": 'type Query { shops: [Shop!]! } type Shop @key(fields: "id") @federation__context(name: "shop") '
            "{ id: ID! currency: String @external products: [Product!]! } "
            'type Product @key(fields: "id") { id: ID! cents: Int '
            'price(currency: String @federation__fromContext(field: "$shop { currency }"), digits: Int): String }',
            "b": 'type Shop @key(fields: "id") { id: ID! currency: String }',
        },
    )


async def test_a_field_is_asked_once_per_value_its_context_has():
    graph = _graph()

    answer = await graph.ask("{ shops { products { id price(digits: 2) } } }")

    assert answer["data"]["shops"] == [
        {"products": [{"id": "p0", "price": "0 EUR 2"}, {"id": "p1", "price": "100 EUR 2"}]},
        {"products": [{"id": "p1", "price": "100 CHF 2"}, {"id": "p2", "price": "200 CHF 2"}]},
        {"products": [{"id": "p2", "price": "200 EUR 2"}]},
    ]
    assert graph.fetches == ["a", "a", "a", "b"]


async def test_values_that_are_equal_travel_together_and_the_plan_shows_them():
    graph = _graph()
    query = "{ shops { products { price } } }"

    await graph.ask(query)

    sent = [request.variables for request in graph.subgraphs["a"].requests[1:]]
    ids = [(one["__context0"], [item["id"] for item in one["representations"]]) for one in sent]
    assert ids == [("EUR", ["p0", "p1", "p2"]), ("CHF", ["p1", "p2"])]
    assert "Context($__context0: String, 1 down) { currency }" in _text(graph, query)


async def test_values_that_json_cannot_write_are_told_apart():
    shops = [{"__typename": "Shop", "id": f"s{n}", "size": 2**70 + n, "product": {"id": "p"}} for n in range(2)]
    world = World(
        entities={"Product": [{"__typename": "Product", "id": "p"}]},
        computed={"Query.shops": lambda _: shops, "Product.price": lambda _, size: str(size)},
    )
    graph = FederatedGraph(
        world,
        {
            "a": 'scalar Big type Query { shops: [Shop!]! } type Shop @key(fields: "id") '
            '@federation__context(name: "shop") { id: ID! size: Big product: Product } type Product @key(fields: "id") '
            '{ id: ID! price(size: Big @federation__fromContext(field: "$shop { size }")): String }',
        },
    )

    answer = await graph.ask("{ shops { product { price } } }")

    assert [shop["product"]["price"] for shop in answer["data"]["shops"]] == [str(2**70), str(2**70 + 1)]


async def test_fields_at_different_paths_that_are_filled_from_the_same_objects_travel_together():
    products = [{"__typename": "Product", "id": f"p{n}"} for n in range(3)]
    shops = [
        {"__typename": "Shop", "id": "s1", "currency": "EUR", "best": products[0], "rest": products[1:]},
        {"__typename": "Shop", "id": "s2", "currency": "CHF", "best": None, "rest": products[:1]},
    ]
    world = World(
        entities={"Product": products, "Shop": shops},
        computed={"Query.shops": lambda _: shops, "Product.price": lambda it, currency=None: f"{it['id']} {currency}"},
    )
    sdl = """
      type Query { shops: [Shop!]! }
      type Shop @key(fields: "id") @federation__context(name: "shop") {
        id: ID! currency: String best: Product rest: [Product!]!
      }
      type Product @key(fields: "id") {
        id: ID!
        price(currency: String @federation__fromContext(field: "$shop { currency }")): String
      }
    """
    graph = FederatedGraph(world, {"a": sdl})

    answer = await graph.ask("{ shops { best { price } rest { id cost: price } } }")

    assert answer["data"]["shops"] == [
        {"best": {"price": "p0 EUR"}, "rest": [{"id": "p1", "cost": "p1 EUR"}, {"id": "p2", "cost": "p2 EUR"}]},
        {"best": None, "rest": [{"id": "p0", "cost": "p0 CHF"}]},
    ]
    sent = [request.variables for request in graph.subgraphs["a"].requests[1:]]
    ids = [[len(one[f"representations{index}"]) for index in range(2)] for one in sent]
    assert (graph.fetches, ids) == (["a", "a", "a"], [[1, 2], [0, 1]])


async def test_the_nearest_object_that_sets_a_context_decides_by_its_type():
    leaf = {"__typename": "Leaf", "id": "l1"}
    bag = {"__typename": "Bag", "id": "g1", "tag": {"text": "bag"}, "leaf": leaf}
    jar = {"__typename": "Jar", "id": "j1", "leaf": leaf}
    tree = [
        {"__typename": "Box", "id": "b1", "label": "box", "inner": bag},
        {"__typename": "Box", "id": "b2", "label": "other", "inner": jar},
        {"__typename": "Box", "id": "b3", "label": None, "inner": None, "leaf": leaf},
    ]
    world = World(
        entities={"Leaf": [leaf]},
        computed={"Query.boxes": lambda _: tree, "Leaf.of": lambda _leaf, of=None: f"of {of}"},
    )
    sdl = """
      type Query { boxes: [Box!]! }
      union Inner = Bag | Jar
      type Box @key(fields: "id") @federation__context(name: "holder") { id: ID! label: String inner: Inner leaf: Leaf }
      type Bag @key(fields: "id") @federation__context(name: "holder") { id: ID! tag: Tag leaf: Leaf }
      type Jar @key(fields: "id") { id: ID! leaf: Leaf }
      type Tag { text: String }
      type Leaf @key(fields: "id") {
        id: ID!
        of(
          of: String @federation__fromContext(field: "$holder ... on Box { label } ... on Bag { tag { text } }")
        ): String
      }
    """
    graph = FederatedGraph(world, {"a": sdl})

    answer = await graph.ask(
        "{ boxes { leaf { one: of } inner { ... on Bag { leaf { of } } ... on Jar { leaf { of } } } } }"
    )

    assert answer["data"]["boxes"] == [
        {"leaf": None, "inner": {"leaf": {"of": "of bag"}}},
        {"leaf": None, "inner": {"leaf": {"of": "of other"}}},
        {"leaf": {"one": "of None"}, "inner": None},
    ]


def _leaf_graph(sdls: dict[str, str]) -> FederatedGraph:
    """Every `Leaf` says of which context it is."""
    leaf = {"__typename": "Leaf", "id": "l1"}
    held = {"__typename": "Held", "id": "h1", "label": "held", "leaf": leaf}
    plain = {"__typename": "Plain", "id": "p1", "leaf": leaf}
    shop = {"__typename": "Shop", "id": "s1", "label": "shop", "nodes": [held, plain], "leaf": leaf}
    world = World(
        entities={"Leaf": [leaf], "Held": [held], "Plain": [plain], "Shop": [shop]},
        computed={
            "Query.shop": lambda _: shop,
            "Leaf.of": lambda _leaf, of=None, n=0: f"of {of}" + (f" {n}" if n else ""),
            "Leaf.also": lambda _leaf, of=None: f"also {of}",
            "Leaf.size": lambda _: 3,
        },
    )
    return FederatedGraph(world, sdls)


_LABEL = 'of: String @federation__fromContext(field: "$holder { label }")'
_SHOP = 'type Query { shop: Shop } type Shop @key(fields: "id") @federation__context(name: "holder") '
_LEAF = f'type Leaf @key(fields: "id") {{ id: ID! of({_LABEL}, n: Int): String also({_LABEL}): String size: Int }}'


async def test_behind_an_interface_each_type_that_sets_a_context_is_the_nearest_for_what_is_below_it():
    graph = _leaf_graph(
        {
            "a": f"""
              {_SHOP} {{ id: ID! label: String nodes: [Node] }}
              interface Node {{ leaf: Leaf }}
              type Held implements Node @federation__context(name: "holder") {{ label: String leaf: Leaf }}
              type Plain implements Node {{ leaf: Leaf }}
              {_LEAF}
            """
        }
    )

    answer = await graph.ask("{ shop { nodes { leaf { of } } } }")

    assert answer["data"]["shop"] == {"nodes": [{"leaf": {"of": "of held"}}, {"leaf": {"of": "of shop"}}]}


async def test_the_clients_variables_keep_their_names():
    graph = _leaf_graph({"a": f"{_SHOP} {{ id: ID! label: String leaf: Leaf }} {_LEAF}"})
    query = "query ($__context0: Int) { shop { leaf { of(n: $__context0) } } }"

    answer = await graph.ask(query, {"__context0": 7})

    assert answer == {"data": {"shop": {"leaf": {"of": "of shop 7"}}}}


async def test_fields_of_one_object_with_the_same_context_travel_together_and_take_others_along():
    graph = _leaf_graph(
        {
            "a": 'type Query { shop: Shop } type Shop @key(fields: "id") { id: ID! leaf: Leaf @shareable } '
            'type Leaf @key(fields: "id") { id: ID! }',
            "b": 'type Shop @key(fields: "id") @federation__context(name: "holder") '
            f"{{ id: ID! label: String leaf: Leaf @shareable }} {_LEAF}",
        }
    )

    answer = await graph.ask("{ shop { leaf { of also size } } }")

    assert answer == {"data": {"shop": {"leaf": {"of": "of shop", "also": "also shop", "size": 3}}}}
    assert graph.fetches == ["a", "b", "b"]


async def test_a_value_with_fields_of_its_own_is_passed_on_whole():
    leaf = {"__typename": "Leaf", "id": "l1"}
    shop = {"__typename": "Shop", "id": "s1", "label": {"id": 7, "__typename": "none"}, "leaf": leaf}
    world = World(
        entities={"Leaf": [leaf], "Shop": [shop]},
        computed={"Query.shop": lambda _: shop, "Leaf.of": lambda _leaf, of=None: of},
    )
    graph = FederatedGraph(
        world,
        {
            "a": 'scalar Any type Query { shop: Shop } type Shop @key(fields: "id") '
            '@federation__context(name: "holder") { id: ID! label: Any leaf: Leaf } type Leaf @key(fields: "id") '
            '{ id: ID! of(of: Any @federation__fromContext(field: "$holder { label }")): Any }'
        },
    )

    answer = await graph.ask("{ shop { leaf { of } } }")

    assert answer == {"data": {"shop": {"leaf": {"of": {"id": 7, "__typename": "none"}}}}}


async def test_a_field_that_only_a_context_needs_moves_with_its_label():
    leaf = {"__typename": "Leaf", "id": "l1"}
    shop = {"__typename": "Shop", "id": "s1", "label": "shop", "leaf": leaf}
    world = World(
        entities={"Leaf": [leaf], "Shop": [shop]},
        computed={"Query.shop": lambda _: shop, "Leaf.of": lambda _leaf, of=None: f"of {of}"},
    )
    graph = FederatedGraph(
        world,
        {
            "a": 'type Query { shop: Shop } type Shop @key(fields: "id") @federation__context(name: "holder") '
            '{ id: ID! label: String @external leaf: Leaf } type Leaf @key(fields: "id") '
            '{ id: ID! of(of: String @federation__fromContext(field: "$holder { label }")): String }',
            "old": 'type Shop @key(fields: "id") { id: ID! label: String }',
            "other": 'type Shop @key(fields: "id") { id: ID! label: String @override(from: "old", label: "moved") }',
        },
        override_labels="moved",
    )

    answer = await graph.ask("{ shop { leaf { of } } }")

    assert answer == {"data": {"shop": {"leaf": {"of": "of shop"}}}}
    assert sorted({*graph.fetches}) == ["a", "other"]


def _text(graph: FederatedGraph, query: str) -> str:
    document = parse(query)
    supergraph = graph.router.supergraph
    return render_text(Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {})))


async def test_what_is_deferred_below_a_field_with_a_context_is_asked_with_its_argument_once():
    product = {"__typename": "Product", "id": "p1"}
    world = World(
        entities={"Product": [product]},
        computed={
            "Query.shop": lambda _: {"__typename": "Shop", "currency": "EUR", "product": product},
            "Product.price": lambda _product, currency=None: {"amount": 1, "text": f"1 {currency}"},
        },
    )
    graph = FederatedGraph(
        world,
        {
            "a": 'type Query { shop: Shop } type Shop @federation__context(name: "shop") '
            "{ currency: String product: Product } type Price { amount: Int text: String } "
            'type Product @key(fields: "id") { id: ID! '
            'price(currency: String @federation__fromContext(field: "$shop { currency }")): Price }',
        },
    )
    query = "{ shop { product { price { amount ... @defer { text } } } } }"

    answer = await graph.router.execute(GraphQLRequest(query), {}, incremental=IncrementalFormat.CURRENT)

    assert answer.later is not None
    [last] = [payload async for payload in answer.later]
    assert answer.body["data"] == {"shop": {"product": {"price": {"amount": 1}}}}
    assert [part["data"] for part in last["incremental"]] == [{"text": "1 EUR"}]
