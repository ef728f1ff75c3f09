"""Situations in which other routers have answered wrongly or fetched too often; the monolith says what is right."""

import pytest

from tests.factories.federation import FederatedGraph, World


async def test_a_requirement_after_an_entity_hop_needs_no_second_hop():
    products = [{"__typename": "Product", "id": "p1", "price": 100, "weight": 10, "name": "Chair"}]
    world = World(
        entities={"Product": products},
        computed={"Query.top": lambda _: products, "Product.shipping": lambda p: p["price"] + p["weight"]},
    )
    graph = FederatedGraph(
        world,
        {
            "feed": 'type Query { top: [Product!]! } type Product @key(fields: "id") { id: ID! }',
            "catalog": 'type Product @key(fields: "id") { id: ID! name: String price: Int weight: Int }',
            "stock": 'type Product @key(fields: "id") { id: ID! price: Int @external weight: Int @external '
            'inStock: Boolean @shareable shipping: Int @requires(fields: "price weight") }',
        },
    )
    products[0]["inStock"] = True
    query = "{ top { name shipping inStock } }"

    answer = await graph.ask(query)

    assert (
        answer
        == await graph.expected(query)
        == {"data": {"top": [{"name": "Chair", "shipping": 110, "inStock": True}]}}
    )
    assert graph.fetches == ["feed", "catalog", "stock"]


async def test_a_union_member_unknown_to_one_subgraph_is_fetched_from_the_one_that_knows_it():
    book = {"__typename": "Book", "id": "b1", "title": "Emma", "pages": 300}
    film = {"__typename": "Film", "id": "f1", "title": "Alien", "minutes": 117}
    world = World(entities={"Book": [book], "Film": [film]}, computed={"Query.media": lambda _: [book, film]})
    graph = FederatedGraph(
        world,
        {
            "a": 'union Media = Book | Film type Query { media: [Media!]! } type Book @key(fields: "id") '
            '{ id: ID! title: String } type Film @key(fields: "id") { id: ID! title: String }',
            "b": 'union Media = Book type Book @key(fields: "id") { id: ID! pages: Int } '
            "type Query { other: [Media!] }",
            "c": 'type Film @key(fields: "id") { id: ID! minutes: Int }',
        },
    )
    query = "{ media { __typename ... on Book { title pages } ... on Film { title minutes } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert graph.fetches == ["a", "b", "c"]


async def test_disjoint_fragments_do_not_leak_into_each_other():
    dog = {"__typename": "Dog", "id": "d1", "name": "Rex", "owner": {"__typename": "Person", "id": "1", "name": "Ann"}}
    cat = {"__typename": "Cat", "id": "c1", "name": "Tom", "owner": {"__typename": "Person", "id": "2", "name": "Bob"}}
    world = World(entities={"Person": [dog["owner"], cat["owner"]]}, computed={"Query.pets": lambda _: [dog, cat]})
    graph = FederatedGraph(
        world,
        {
            "pets": "interface Pet { id: ID! owner: Person } "
            "type Dog implements Pet { id: ID! name: String! owner: Person } "
            "type Cat implements Pet { id: ID! name: String owner: Person } type Query { pets: [Pet!]! } "
            'type Person @key(fields: "id") { id: ID! }',
            "people": 'type Person @key(fields: "id") { id: ID! name: String }',
        },
    )
    query = "{ pets { ... on Dog { owner { name } } ... on Cat { owner { id } } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert answer == {"data": {"pets": [{"owner": {"name": "Ann"}}, {"owner": {"id": "2"}}]}}
    assert graph.fetches == ["pets", "people"]
    assert graph.subgraphs["people"].requests[0].variables == {"representations": [{"__typename": "Person", "id": "1"}]}


async def test_fields_of_differing_nullability_in_one_list_get_their_own_aliases():
    dog = {"__typename": "Dog", "name": "Rex"}
    cat = {"__typename": "Cat", "name": None}
    graph = FederatedGraph(
        World(computed={"Query.pets": lambda _: [dog, cat]}),
        {
            "pets": "union Pet = Dog | Cat type Dog @shareable { name: String! } type Cat { name: String } "
            "type Query { pets: [Pet!]! }",
            "kennel": "type Dog @shareable { name: String } type Query { dogs: [Dog!] }",
        },
    )
    query = "{ pets { ... on Dog { name } ... on Cat { name } } }"

    answer = await graph.ask(query)

    assert answer == {"data": {"pets": [{"name": "Rex"}, {"name": None}]}}


async def test_a_chain_of_keys_reaches_a_subgraph_that_shares_no_key_with_the_first():
    products = [{"__typename": "Product", "id": "1", "sku": "s1", "upc": "u1", "name": "Chair", "price": 5}]
    graph = FederatedGraph(
        World(entities={"Product": products}, computed={"Query.products": lambda _: products}),
        {
            "a": 'type Query { products: [Product!]! } type Product @key(fields: "id") { id: ID! }',
            "b": 'type Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! }',
            "c": 'type Product @key(fields: "sku") @key(fields: "upc") { sku: String! upc: String! name: String }',
            "d": 'type Product @key(fields: "upc") { upc: String! price: Int }',
        },
    )
    query = "{ products { price } }"

    answer = await graph.ask(query)

    assert answer == {"data": {"products": [{"price": 5}]}}
    assert graph.fetches == ["a", "b", "c", "d"]


async def test_a_compound_key_is_put_together_from_two_subgraphs():
    products = [{"__typename": "Product", "id": "1", "sku": "s1", "code": "c1", "price": 5}]
    graph = FederatedGraph(
        World(entities={"Product": products}, computed={"Query.products": lambda _: products}),
        {
            "a": "type Query { products: [Product!]! } "
            'type Product @key(fields: "id") { id: ID! sku: String! @shareable }',
            "b": 'type Product @key(fields: "id") { id: ID! code: String! @shareable }',
            "c": 'type Product @key(fields: "sku code") { sku: String! code: String! price: Int }',
        },
    )

    answer = await graph.ask("{ products { price } }")

    assert answer == {"data": {"products": [{"price": 5}]}}
    assert graph.fetches == ["a", "b", "c"]
    representation = {"__typename": "Product", "sku": "s1", "code": "c1"}
    assert graph.subgraphs["c"].requests[0].variables == {"representations": [representation]}


async def test_nested_keys_are_fetched_and_sent_nested():
    user = {"__typename": "User", "id": "u", "organization": {"__typename": "Organization", "id": "o"}, "role": "chief"}
    graph = FederatedGraph(
        World(entities={"User": [user]}, computed={"Query.user": lambda _: user}),
        {
            "a": 'type Query { user: User } type User @key(fields: "id organization { id }") '
            "{ id: ID! organization: Organization! @shareable } type Organization @shareable { id: ID! }",
            "b": 'type User @key(fields: "id organization { id }") { id: ID! organization: Organization! @shareable '
            "role: String } type Organization @shareable { id: ID! }",
        },
    )

    answer = await graph.ask("{ user { role } }")

    assert answer == {"data": {"user": {"role": "chief"}}}
    assert graph.subgraphs["b"].requests[0].variables == {
        "representations": [{"__typename": "User", "id": "u", "organization": {"id": "o"}}]
    }


INTERFACE_OBJECT = {
    "media": 'interface Media @key(fields: "id") { id: ID! title: String } '
    'type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int } '
    'type Film implements Media @key(fields: "id") { id: ID! title: String } type Query { media: [Media!]! }',
    "ratings": 'type Media @interfaceObject @key(fields: "id") { id: ID! rating: Int } type Query { best: Media }',
}


def _media() -> World:
    book = {"__typename": "Book", "id": "b1", "title": "Emma", "pages": 300, "rating": 5}
    film = {"__typename": "Film", "id": "f1", "title": "Alien", "rating": 4}
    return World(
        entities={"Book": [book], "Film": [film]},
        computed={"Query.media": lambda _: [book, film], "Query.best": lambda _: book},
        implementers={"Media": ["Book", "Film"]},
    )


@pytest.mark.parametrize(
    ("query", "fetches"),
    [
        ("{ media { title rating } }", ["media", "ratings"]),
        ("{ media { ... on Book { rating pages } ... on Film { rating title } } }", ["media", "ratings"]),
        ("{ best { id rating } }", ["ratings"]),
        ("{ best { rating title } }", ["ratings", "media"]),
        ("{ best { __typename rating } }", ["ratings", "media"]),
        ("{ best { ... on Book { pages rating } } }", ["ratings", "ratings", "media"]),
    ],
)
async def test_an_interface_object_adds_fields_to_every_implementation(query, fetches):
    graph = FederatedGraph(_media(), INTERFACE_OBJECT)

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert sorted(graph.fetches) == sorted(fetches)


async def test_a_requirement_with_arguments_does_not_collide_with_the_clients_aliases():
    product = {"__typename": "Product", "id": "p1", "name": "Chair"}
    world = World(
        entities={"Product": [product]},
        computed={
            "Query.product": lambda _: product,
            "Product.price": lambda p, currency: p["price"] if "price" in p else {"EUR": 90, "USD": 100}[currency],
            "Product.tax": lambda p: p.get("price", 100) / 10,
        },
    )
    graph = FederatedGraph(
        world,
        {
            "catalog": 'type Query { product: Product } type Product @key(fields: "id") '
            "{ id: ID! name: String price(currency: String!): Int }",
            "tax": 'type Product @key(fields: "id") { id: ID! price(currency: String!): Int @external '
            'tax: Float @requires(fields: "price(currency: \\"USD\\")") }',
        },
    )
    query = '{ product { id: name price(currency: "EUR") tax } }'

    answer = await graph.ask(query)

    assert answer == {"data": {"product": {"id": "Chair", "price": 90, "tax": 10.0}}}
    assert graph.subgraphs["tax"].requests[0].variables == {
        "representations": [{"__typename": "Product", "id": "p1", "price": 100}]
    }
    assert graph.fetches == ["catalog", "tax"]


async def test_an_entity_without_a_key_is_not_looked_up():
    books = [{"__typename": "Book", "id": None, "title": "?"}, {"__typename": "Book", "id": "2", "title": "Emma"}]
    graph = FederatedGraph(
        World(entities={"Book": books}, computed={"Query.books": lambda _: books}),
        {
            "a": 'type Query { books: [Book] } type Book @key(fields: "id") { id: ID }',
            "b": 'type Book @key(fields: "id") { id: ID title: String }',
        },
    )

    answer = await graph.ask("{ books { title } }")

    assert answer == {"data": {"books": [{"title": None}, {"title": "Emma"}]}}
    assert graph.subgraphs["b"].requests[0].variables == {"representations": [{"__typename": "Book", "id": "2"}]}


async def test_equal_ids_of_different_types_are_different_entities():
    user = {"__typename": "User", "id": "1", "name": "Ann"}
    shop = {"__typename": "Shop", "id": "1", "name": "Kiosk"}
    graph = FederatedGraph(
        World(entities={"User": [user], "Shop": [shop]}, computed={"Query.found": lambda _: [user, shop]}),
        {
            "search": "union Found = User | Shop type Query { found: [Found!]! } "
            'type User @key(fields: "id") { id: ID! } type Shop @key(fields: "id") { id: ID! }',
            "names": 'type User @key(fields: "id") { id: ID! name: String } '
            'type Shop @key(fields: "id") { id: ID! name: String }',
        },
    )

    answer = await graph.ask("{ found { ... on User { name } ... on Shop { name } } }")

    assert answer == {"data": {"found": [{"name": "Ann"}, {"name": "Kiosk"}]}}
    assert graph.fetches == ["search", "names"]


PROVIDES = {
    "media": 'interface Animal { id: ID! name: String } type Dog implements Animal @key(fields: "id") '
    '{ id: ID! name: String @external } type Cat implements Animal @key(fields: "id") '
    "{ id: ID! name: String @external } union Pet = Dog | Cat "
    'type Query { animals: [Animal!]! @provides(fields: "... on Dog { name } ... on Cat { name }") plain: [Animal!]! '
    'pets: [Pet!]! @provides(fields: "... on Dog { name }") }',
    "animals": 'type Dog @key(fields: "id") { id: ID! name: String @shareable } '
    'type Cat @key(fields: "id") { id: ID! name: String @shareable }',
}


@pytest.mark.parametrize(
    ("query", "fetches"),
    [
        ("{ animals { id ... on Dog { name } ... on Cat { name } } }", ["media"]),
        ("{ animals { name } }", ["media"]),
        ("{ plain { name } }", ["media", "animals"]),
        ("{ pets { ... on Dog { name } } }", ["media"]),
        ("{ pets { ... on Dog { name } ... on Cat { name } } }", ["media", "animals"]),
    ],
)
async def test_provided_fields_of_interfaces_and_unions_are_not_fetched_again(query, fetches):
    dog = {"__typename": "Dog", "id": "1", "name": "Rex"}
    cat = {"__typename": "Cat", "id": "2", "name": "Tom"}
    both = [dog, cat]
    world = World(
        entities={"Dog": [dog], "Cat": [cat]},
        computed={"Query.animals": lambda _: both, "Query.plain": lambda _: both, "Query.pets": lambda _: both},
    )
    graph = FederatedGraph(world, PROVIDES)

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert graph.fetches == fetches


async def test_an_overridden_field_comes_from_its_new_owner_and_feeds_requirements():
    product = {"__typename": "Product", "id": "1", "price": 7}
    world = World(
        entities={"Product": [product]},
        computed={"Query.product": lambda _: product, "Product.doubled": lambda p: p["price"] * 2},
    )
    graph = FederatedGraph(
        world,
        {
            "old": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! price: Int }',
            "new": 'type Product @key(fields: "id") { id: ID! price: Int @override(from: "old") }',
            "math": 'type Product @key(fields: "id") { id: ID! price: Int @external '
            'doubled: Int @requires(fields: "price") }',
        },
    )

    answer = await graph.ask("{ product { doubled price } }")

    assert answer == {"data": {"product": {"doubled": 14, "price": 7}}}
    assert graph.fetches == ["old", "new", "math"]


async def test_circles_through_interfaces_are_planned_to_the_depth_asked():
    ann = {"__typename": "User", "id": "1", "name": "Ann"}
    post = {"__typename": "Post", "id": "9", "author": ann}
    ann["latest"] = post
    graph = FederatedGraph(
        World(entities={"User": [ann], "Post": [post]}, computed={"Query.nodes": lambda _: [ann, post]}),
        {
            "a": "interface Node { id: ID! } type Query { nodes: [Node!]! } "
            'type User implements Node @key(fields: "id") { id: ID! } '
            'type Post implements Node @key(fields: "id") { id: ID! author: Node }',
            "b": "interface Node { id: ID! } "
            'type User implements Node @key(fields: "id") { id: ID! name: String latest: Node } '
            'type Post implements Node @key(fields: "id") { id: ID! }',
        },
    )
    query = (
        "{ nodes { id ... on Post { author { ... on User { name latest { id ... on Post { author { id } } } } } } "
        "... on User { latest { ... on Post { author { id } } } } } }"
    )

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)


async def test_a_shareable_object_without_key_is_put_together_from_both_subgraphs():
    size = {"__typename": "Size", "w": 1, "h": 2, "inner": {"__typename": "Inner", "x": 3, "y": 4}}
    graph = FederatedGraph(
        World(computed={"Query.size": lambda _: size}),
        {
            "a": "type Query { size: Size @shareable } type Size @shareable { w: Int inner: Inner } "
            "type Inner @shareable { x: Int }",
            "b": "type Query { size: Size @shareable } type Size @shareable { h: Int inner: Inner } "
            "type Inner @shareable { y: Int }",
        },
    )
    query = "{ size { w h inner { x y } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert graph.fetches == ["a", "b"]


async def test_mutations_run_in_series_across_subgraphs():
    steps: list[str] = []

    def step(name: str):
        def run(_: object) -> str:
            steps.append(name)
            return name

        return run

    names = ["one", "two", "three", "four"]
    graph = FederatedGraph(
        World(computed={f"Mutation.{name}": step(name) for name in names}),
        {
            "a": "type Query { x: Int } type Mutation { one: String three: String }",
            "b": "type Mutation { two: String four: String } type Query { y: Int }",
        },
    )

    answer = await graph.ask("mutation { one two four three }")

    assert answer == {"data": {"one": "one", "two": "two", "four": "four", "three": "three"}}
    assert steps == ["one", "two", "four", "three"]
    assert [len(subgraph.requests) for subgraph in graph.subgraphs.values()] == [2, 1]


@pytest.mark.parametrize("flag", [True, False])
async def test_a_key_the_client_skips_is_still_fetched_for_the_router(flag):
    product = {"__typename": "Product", "id": "1", "name": "Chair"}
    graph = FederatedGraph(
        World(entities={"Product": [product]}, computed={"Query.product": lambda _: product}),
        {
            "a": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! }',
            "b": 'type Product @key(fields: "id") { id: ID! name: String }',
        },
    )
    query = "query ($flag: Boolean!) { product { id @include(if: $flag) name @skip(if: $flag) } }"

    answer = await graph.ask(query, {"flag": flag})

    assert answer == {"data": {"product": {"id": "1"} if flag else {"name": "Chair"}}}
    assert graph.fetches == (["a"] if flag else ["a", "b"])


async def test_entities_of_several_places_and_types_travel_in_one_request():
    ann = {"__typename": "User", "id": "1", "name": "Ann"}
    order = {"__typename": "Order", "id": "7", "buyer": ann, "seller": ann, "total": 5}
    graph = FederatedGraph(
        World(entities={"User": [ann], "Order": [order]}, computed={"Query.orders": lambda _: [order, order]}),
        {
            "orders": "type Query { orders: [Order!]! } "
            'type Order @key(fields: "id") { id: ID! buyer: User seller: User } '
            'type User @key(fields: "id") { id: ID! }',
            "names": 'type User @key(fields: "id") { id: ID! name: String } '
            'type Order @key(fields: "id") { id: ID! total: Int }',
        },
    )
    query = "{ orders { total buyer { name } seller { name id } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert graph.fetches == ["orders", "names"]
    sent = graph.subgraphs["names"].requests[0].variables
    assert sent is not None
    assert [len(representations) for representations in sent.values()] == [1, 1]


async def test_fragments_spread_over_and_over_are_planned_in_time_linear_in_the_document():
    graph = FederatedGraph(
        World(computed={"Query.a": lambda _: {"b": 1}}), {"a": "type Query { a: A } type A { b: Int a: A }"}
    )
    links = " ".join(f"fragment F{n} on A {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))

    answer = await graph.ask(f"{{ a {{ ...F0 }} }} {links} fragment F40 on A {{ b }}")

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"


async def test_a_query_field_inside_a_payload_enters_the_graph_again():
    world = World(
        computed={"Mutation.go": lambda _: {"ok": True, "query": {}}, "Query.x": lambda _: 1, "Query.y": lambda _: 2}
    )
    graph = FederatedGraph(
        world,
        {
            "a": "type Query { x: Int } type Mutation { go: Payload } type Payload { ok: Boolean query: Query }",
            "b": "type Query { y: Int }",
        },
    )

    answer = await graph.ask("mutation { go { ok query { x y } } }")

    assert answer == {"data": {"go": {"ok": True, "query": {"x": 1, "y": 2}}}}
    assert graph.fetches == ["a", "b"]


def _types(count: int, body: str) -> str:
    return " ".join(f'type T{n} implements I @key(fields: "id") {{ id: ID! {body} }}' for n in range(count))


@pytest.mark.parametrize(("types", "is_answered"), [(30, True), (60, False)])
async def test_look_ups_per_type_and_level_are_bounded(types, is_answered):
    graph = FederatedGraph(
        World(computed={"Query.i": lambda _: []}),
        {
            "a": f"interface I {{ id: ID! x: Int }} type Query {{ i: [I!] }} {_types(types, 'x: Int')}",
            "b": f"interface I {{ id: ID! i: I }} {_types(types, 'i: I')}",
        },
    )

    answer = await graph.ask("{ i { i { x } } }")

    if is_answered:
        assert answer == {"data": {"i": []}}
    else:
        assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
        assert graph.fetches == []


async def test_many_types_at_one_place_are_looked_up_in_one_request():
    things = [{"__typename": f"T{n}", "id": "1", "x": n} for n in range(40)]
    graph = FederatedGraph(
        World(entities={thing["__typename"]: [thing] for thing in things}, computed={"Query.i": lambda _: things}),
        {
            "a": f"interface I {{ id: ID! }} type Query {{ i: [I!] }} {_types(40, '')}",
            "b": f"interface I {{ id: ID! x: Int }} {_types(40, 'x: Int')}",
        },
    )

    answer = await graph.ask("{ i { x } }")

    assert answer == {"data": {"i": [{"x": n} for n in range(40)]}}
    assert graph.fetches == ["a", "b"]


async def test_a_subgraph_may_answer_an_interface_with_the_one_type_it_knows():
    dog = {"__typename": "Dog", "id": "1", "name": "Rex", "age": 3}
    graph = FederatedGraph(
        World(entities={"Dog": [dog]}, computed={"Query.pet": lambda _: dog, "Query.both": lambda _: dog}),
        {
            "a": "interface Pet { id: ID! name: String } type Query { both: Pet @shareable } "
            'type Dog implements Pet @key(fields: "id") { id: ID! @shareable name: String } '
            "type Cat implements Pet { id: ID! name: String }",
            "b": "type Query { both: Dog @shareable x: Int } "
            'type Dog @key(fields: "id") { id: ID! @shareable age: Int }',
        },
    )
    queries = [
        "{ both { ... on Dog { age } } }",
        "{ both { __typename name ... on Dog { age } } }",
        "{ x both { id } }",
    ]

    for query in queries:
        assert await graph.ask(query) == await graph.expected(query)


@pytest.mark.parametrize("written", ['["' + "a" * 90 + '", "b"]', '"""\n  two\n  lines\n"""'])
async def test_arguments_of_several_lines_are_looked_up_whole(written):
    products = [{"__typename": "Product", "id": "p1"}]
    world = World(
        entities={"Product": products},
        computed={"Query.top": lambda _: products, "Product.named": lambda _, by: ", ".join(by)},
    )
    graph = FederatedGraph(
        world,
        {
            "feed": 'type Query { top: [Product!]! } type Product @key(fields: "id") { id: ID! }',
            "names": 'type Product @key(fields: "id") { id: ID! named(by: [String!]!): String }',
        },
    )
    query = f"{{ top {{ named(by: {written}) }} }}"

    answer = await graph.ask(query)

    assert "errors" not in answer
    assert answer == await graph.expected(query)
