"""Supergraphs of other composers, which say less than ours of who has which field."""

from graphql import parse

from router.planning.nodes import fetches_of
from router.planning.planner import Planner, read_operation
from router.planning.supergraph_loader import load_supergraph

_FIRST_JOIN = """
  schema @core(feature: "https://specs.apollo.dev/core/v0.2")
    @core(feature: "https://specs.apollo.dev/join/v0.1", for: EXECUTION) { query: Query }
  directive @core(as: String, feature: String!, for: core__Purpose) repeatable on SCHEMA
  directive @join__field(graph: join__Graph, provides: join__FieldSet, requires: join__FieldSet) on FIELD_DEFINITION
  directive @join__graph(name: String!, url: String!) on ENUM_VALUE
  directive @join__owner(graph: join__Graph!) on INTERFACE | OBJECT
  directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on INTERFACE | OBJECT
  enum core__Purpose { EXECUTION SECURITY }
  scalar join__FieldSet
  enum join__Graph {
    PRODUCTS @join__graph(name: "products", url: "")
    REVIEWS @join__graph(name: "reviews", url: "")
    USERS @join__graph(name: "users", url: "")
  }
  type Query { products: [Product] @join__field(graph: PRODUCTS) found: [Found] @join__field(graph: PRODUCTS) }
  union Found = Product | Page | User
  type Page { title: String size: Size }
  type Size { width: Int }
  type Product @join__owner(graph: PRODUCTS) @join__type(graph: PRODUCTS, key: "upc")
    @join__type(graph: REVIEWS, key: "upc") {
    upc: String! @join__field(graph: PRODUCTS)
    price: Int @join__field(graph: PRODUCTS)
    weight: Int
    reviews: [Review] @join__field(graph: REVIEWS)
    rank: Int @join__field(graph: REVIEWS, requires: "price weight")
  }
  type Review @join__owner(graph: REVIEWS) @join__type(graph: REVIEWS, key: "id") {
    id: ID! @join__field(graph: REVIEWS)
    author: User @join__field(graph: REVIEWS, provides: "name")
    product: Product @join__field(graph: REVIEWS)
  }
  type User @join__owner(graph: USERS) @join__type(graph: USERS, key: "id") @join__type(graph: REVIEWS, key: "id") {
    id: ID! @join__field(graph: USERS)
    name: String @join__field(graph: USERS)
    age: Int @join__field(graph: USERS)
  }
"""
_NARROWER_TYPE = """
  schema @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
  directive @link(url: String, for: link__Purpose) repeatable on SCHEMA
  directive @join__graph(name: String!, url: String!) on ENUM_VALUE
  directive @join__type(graph: join__Graph!) repeatable on OBJECT | UNION
  directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
  enum link__Purpose { EXECUTION SECURITY }
  enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
  type Query @join__type(graph: A) @join__type(graph: B) { found: Found }
  union Found @join__type(graph: B) @join__unionMember(graph: B, member: "Book") = Book
  type Book @join__type(graph: A) @join__type(graph: B) { pages: Int }
"""
_FORGOTTEN_EXTERNAL = """
  schema @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
  directive @link(url: String, for: link__Purpose) repeatable on SCHEMA
  directive @join__field(graph: join__Graph, requires: String, provides: String) repeatable on FIELD_DEFINITION
  directive @join__graph(name: String!, url: String!) on ENUM_VALUE
  directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT
  directive @join__type(graph: join__Graph!, key: String, isInterfaceObject: Boolean) repeatable on OBJECT | INTERFACE
  enum link__Purpose { EXECUTION SECURITY }
  enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
  type Query @join__type(graph: A) @join__type(graph: B) { media: Media @join__field(graph: B) }
  interface Media @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) {
    id: ID!
    title: String
    label: String @join__field(graph: B, requires: "title")
  }
  type Book implements Media @join__type(graph: A, key: "id") @join__implements(graph: A, interface: "Media") {
    id: ID!
    title: String
    label: String @join__field
  }
"""


def _asked(supergraph_sdl: str, query: str) -> list[tuple[str, str]]:
    """Which subgraph is asked what."""
    supergraph = load_supergraph(supergraph_sdl).supergraph
    document = parse(query)
    plan = Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {}))
    return [(fetch.subgraph, fetch.operation) for fetch in fetches_of(plan.node)]


def _subgraphs(query: str) -> list[str]:
    return [subgraph for subgraph, _ in _asked(_FIRST_JOIN, query)]


def test_in_the_first_join_a_subgraph_has_the_fields_of_its_keys():
    assert _subgraphs("{ products { reviews { product { upc price } author { id age } } } }") == [
        "products",
        "reviews",
        "products",
        "users",
    ]


def test_in_the_first_join_a_subgraph_has_the_fields_it_provides_and_its_owner_the_others():
    assert _subgraphs("{ products { rank reviews { author { name } } } }") == ["products", "reviews"]


def test_in_the_first_join_types_without_an_owner_are_everywhere_and_entities_only_where_they_are_joined():
    [(subgraph, operation)] = _asked(_FIRST_JOIN, "{ found { ... on Page { size { width } } ... on User { name } } }")

    assert subgraph == "products"
    assert "... on Page" in operation
    assert "User" not in operation


def test_a_field_is_not_asked_of_a_subgraph_that_does_not_have_its_type():
    [(subgraph, _)] = _asked(_NARROWER_TYPE, "{ found { ... on Book { pages } } }")

    assert subgraph == "b"


def test_an_interface_object_does_not_resolve_what_it_requires():
    assert [subgraph for subgraph, _ in _asked(_FORGOTTEN_EXTERNAL, "{ media { title } }")] == ["b", "a"]
