"""A representation says one thing under one name: fields that require the same field with other arguments part ways."""

from tests.factories.federation import FederatedGraph, World


async def test_requirements_with_other_arguments_travel_in_representations_of_their_own():
    product = {"__typename": "Product", "id": "1"}
    world = World(
        entities={"Product": [product]},
        computed={
            "Query.product": lambda _: product,
            "Product.price": lambda _, currency: {"EUR": 10, "USD": 11}[currency],
            "Product.inEuro": lambda product: f"{product['price']} EUR",
            "Product.inDollar": lambda product: f"{product['price']} USD",
        },
    )
    graph = FederatedGraph(
        world,
        {
            "catalog": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! }',
            "prices": 'type Product @key(fields: "id") { id: ID! price(currency: String!): Int }',
            "labels": 'type Product @key(fields: "id") { id: ID! price(currency: String!): Int @external '
            'inEuro: String @requires(fields: "price(currency: \\"EUR\\")") '
            'inDollar: String @requires(fields: "price(currency: \\"USD\\")") }',
        },
    )

    answer = await graph.ask("{ product { inEuro inDollar } }")

    assert answer == {"data": {"product": {"inEuro": "10 EUR", "inDollar": "11 USD"}}}
    assert graph.fetches == ["catalog", "prices", "labels"]
