"""What a supergraph's directives mean to the planner."""

import pytest
from graphql import parse

from router.composition import SubgraphSource, compose
from router.planning.planner import Planner, UnresolvableOperation, read_operation
from router.planning.supergraph_reader import parse_supergraph, read_supergraph

_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", '
    'import: ["@key", "@context", "@fromContext"])\n'
)
_SHOP = """
type Query { shop: Shop }
type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String product: Product }
type Product @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$shop { currency }")): Int }
"""


def test_a_field_whose_argument_a_context_fills_is_refused_rather_than_asked_without_it():
    composed = compose([SubgraphSource("a", "http://a.invalid", _LINK + _SHOP)])
    supergraph = read_supergraph(parse_supergraph(composed.supergraph_sdl))
    document = parse("{ shop { product { price } } }")
    operation = read_operation(document, document.definitions[0], supergraph, {})

    with pytest.raises(UnresolvableOperation, match="Query"):
        Planner(supergraph).plan(operation)
