"""Which documents are refused as supergraphs, and with which code."""

import pytest

from router.composition import SubgraphSource, compose
from router.planning.invalid_supergraph import InvalidSupergraph, SupergraphFault
from router.planning.supergraph_loader import load_supergraph
from tests.factories.federation import FederatedGraph, World

_GRAPH = FederatedGraph(
    World(),
    {
        "catalog": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String '
        "size: Size } enum Size { S L }",
        "stock": 'type Product @key(fields: "id") { id: ID! stock(at: Place): Int } input Place { shelf: Int! }',
    },
).supergraph_sdl
_JOIN = '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)'


def _linking(link: str) -> str:
    assert _JOIN in _GRAPH
    return _GRAPH.replace(_JOIN, f"{_JOIN} {link}")


def _code(text: str) -> SupergraphFault | None:
    try:
        load_supergraph(text)
    except InvalidSupergraph as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", SupergraphFault.SYNTAX),
        ("type Query {", SupergraphFault.SYNTAX),
        ("<html>", SupergraphFault.SYNTAX),
        ("type Query { x: " + "[" * 50_000, SupergraphFault.SYNTAX),
        ("type Query { x: Int }", SupergraphFault.NOT_COMPOSED),
        ("{ x }", SupergraphFault.NOT_COMPOSED),
        (_GRAPH.replace("join/v0.5", "join/v0.6"), SupergraphFault.UNKNOWN_JOIN_VERSION),
        (_GRAPH.replace("join/v0.5", "join/v1.0"), SupergraphFault.UNKNOWN_JOIN_VERSION),
        (_GRAPH.replace("type Query\n", "type Quarry\n"), SupergraphFault.INCONSISTENT),
        (_GRAPH.replace("graph: STOCK", "graph: STOCKS"), SupergraphFault.INCONSISTENT),
        (_GRAPH.replace("enum Size\n", "enum Sizes\n"), SupergraphFault.INCONSISTENT),
    ],
    ids=[
        "empty",
        "half a type",
        "HTML",
        "deep",
        "a plain schema",
        "an operation",
        "a later join",
        "another join",
        "no query type",
        "an unknown graph",
        "an unknown type",
    ],
)
def test_what_is_no_supergraph_is_refused_with_a_code(text, code):
    assert text != _GRAPH
    assert _code(text) == code


@pytest.mark.parametrize(
    "link",
    [
        '@link(url: "https://specs.apollo.dev/connect/v0.1", for: EXECUTION)',
        '@link(url: "https://example.com/vault/v1.0", for: SECURITY)',
        '@link(url: "https://specs.apollo.dev/authenticated/v0.9", for: SECURITY)',
        '@link(url: "https://example.com/authenticated/v0.1", for: SECURITY)',
        '@link(url: "https://example.com/vault", for: SECURITY)',
    ],
)
def test_a_feature_with_a_purpose_must_be_known(link):
    with pytest.raises(InvalidSupergraph, match=r"^the supergraph needs https://.* for (EXECUTION|SECURITY)") as caught:
        load_supergraph(_linking(link))

    assert caught.value.code == SupergraphFault.UNSUPPORTED_FEATURE


@pytest.mark.parametrize(
    "link",
    [
        '@link(url: "https://example.com/notes/v1.0")',
        '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)',
        '@link(url: "https://specs.apollo.dev/tag/v0.3")',
    ],
)
def test_features_that_are_known_or_without_a_purpose_are_no_obstacle(link):
    assert _code(_linking(link)) is None


def test_a_document_cut_off_anywhere_is_refused():
    whole = len(_GRAPH.rstrip())

    outcomes = {_code(_GRAPH[:length]) for length in range(0, whole, 7)}

    assert outcomes <= {SupergraphFault.SYNTAX, SupergraphFault.NOT_COMPOSED, SupergraphFault.INCONSISTENT}


def test_what_stands_on_arguments_of_directives_is_no_business_of_callers():
    sdl = compose(
        [
            SubgraphSource(
                "a",
                "",
                'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
                ' import: ["@tag", "@inaccessible"])'
                ' directive @d(a: Int @inaccessible, b: Int @tag(name: "x")) on FIELD type Query { p: Int }',
            )
        ]
    ).supergraph_sdl

    directive = load_supergraph(sdl).schema.get_directive("d")

    assert directive is not None
    assert list(directive.args) == ["b"]


def test_what_is_hidden_under_an_imported_name_is_hidden():
    sdl = compose(
        [
            SubgraphSource(
                "a",
                "",
                'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@inaccessible"])'
                " type Query { p: Int q: Int @inaccessible }",
            )
        ]
    ).supergraph_sdl
    renamed = (
        sdl.replace(
            '"https://specs.apollo.dev/inaccessible/v0.2"',
            '"https://specs.apollo.dev/inaccessible/v0.2", import: [{name: "@inaccessible", as: "@hidden"}]',
        )
        .replace("directive @inaccessible", "directive @hidden")
        .replace(" @inaccessible", " @hidden")
    )

    query = load_supergraph(renamed).schema.query_type

    assert query is not None
    assert list(query.fields) == ["p"]


def test_field_sets_may_stand_in_braces():
    braced = _GRAPH.replace('key: "id"', 'key: " { id }"')
    assert braced != _GRAPH

    product = load_supergraph(braced).supergraph.types["Product"]

    assert product.key_field_names == load_supergraph(_GRAPH).supergraph.types["Product"].key_field_names
