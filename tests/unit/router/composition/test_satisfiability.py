import pytest

from router.composition import CompositionFailed, ErrorCode, HintCode, compose
from router.composition.api_schema import public_view
from router.composition.merging import merge
from router.composition.reading import read_subgraphs
from router.composition.satisfiability import check_satisfiability
from router.composition.subgraph_set import assemble
from tests.unit.router.composition.documents import sources

_MEDIA = (
    'interface Media @key(fields: "id") { id: ID! title: String }'
    ' type Book implements Media @key(fields: "id") { id: ID! title: String }'
)

REACHABLE = {
    "several_keys_lead_on": {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
        "b": 'type P @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }',
        "c": 'type P @key(fields: "sku") { sku: ID! price: Int }',
    },
    "a_compound_key_gathered_from_two_subgraphs": {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
        "b": 'type P @key(fields: "id") { id: ID! x: ID! @shareable }',
        "c": 'type P @key(fields: "id") { id: ID! y: ID! @shareable }',
        "d": 'type P @key(fields: "x y") { x: ID! y: ID! deep: Int }',
    },
    "a_key_through_its_own_type": {
        "a": 'type Query { p: P } type P @key(fields: "parent { id }") { parent: P! @shareable id: ID! @shareable }',
        "b": 'type P @key(fields: "parent { id }") { parent: P! @shareable id: ID! @shareable n: Int }',
    },
    "requires_gathered_elsewhere": {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
        "b": 'type P @key(fields: "id") { id: ID! weight: Int }',
        "c": 'type P @key(fields: "id") { id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
    },
    "provided_on_the_only_path": {
        "a": 'type Query { p: P @provides(fields: "sku") } type P { sku: ID! @external }',
        "b": 'type Query { q: P } type P @key(fields: "sku") { sku: ID! @shareable n: Int }',
    },
    "union_member_unknown_to_one_subgraph": {
        "a": "type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B { y: Int }",
        "b": "type Query { u: U @shareable } union U = A type A @shareable { x: Int }",
    },
    "interface_object_with_a_way_to_the_type": {
        "a": f"type Query {{ m: Media }} {_MEDIA}",
        "b": 'type Query { rated: [Media] } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
        "c": 'type Book @key(fields: "id") { id: ID! pages: Int }',
    },
    "an_interface_object_of_an_interface_that_implements_another": {
        "a": 'interface Node { id: ID! } interface Media implements Node @key(fields: "id") { id: ID! }'
        ' type Book implements Media & Node @key(fields: "id") { id: ID! } type Query { m: Media }',
        "b": "interface Node { id: ID! } type Query { rated: [Media] }"
        ' type Media implements Node @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    },
    "an_interface_object_behind_an_interface": {
        "a": "type Query { node: Node } interface Node { id: ID! }"
        ' type Media implements Node @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
        "b": 'interface Node { id: ID! } interface Media implements Node @key(fields: "id") { id: ID! }'
        ' type Book implements Media & Node @key(fields: "id") { id: ID! pages: Int }',
    },
    "back_to_the_query": {
        "a": "type Query { p: Int } type Mutation { change: Payload } type Payload { query: Query }",
        "b": "type Query { q: Int }",
    },
    "unreachable_but_inaccessible": {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
        "b": 'type P @key(fields: "sku") { sku: ID! @inaccessible n: Int @inaccessible }',
    },
    "a_field_moved_in_part_between_subgraphs_with_keys": {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! n: Int @override(from: "b", label: "beta") }',
        "b": 'type P @key(fields: "id") { id: ID! n: Int }',
    },
}

UNREACHABLE = {
    "a_field_moved_in_part_from_where_nobody_gets": (
        {
            "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! n: Int @override(from: "b", label: "beta") }',
            "b": 'type P @key(fields: "id", resolvable: false) { id: ID! n: Int }',
        },
        "P.n",
        (
            "this query cannot be answered: { p { n } }\n"
            '- the query holds "P" in "a" when it needs "n"\n'
            '- "a" resolves it only by its @override, while the label "beta" holds\n'
            '- "b" resolves it, but every @key of "P" there has resolvable: false'
        ),
    ),
    "a_field_moved_in_part_to_where_nobody_gets": (
        {
            "a": 'type P @key(fields: "id", resolvable: false) { id: ID! n: Int @override(from: "b", label: "beta") }',
            "b": 'type Query { p: P } type P @key(fields: "id") { id: ID! n: Int }',
        },
        "P.n",
        (
            "this query cannot be answered: { p { n } }\n"
            '- the query holds "P" in "b" when it needs "n"\n'
            '- "a" resolves it, but every @key of "P" there has resolvable: false\n'
            '- "b" does not resolve it while "a" overrides it by "beta"'
        ),
    ),
    "no_common_key": (
        {
            "a": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! }',
            "b": 'type Product @key(fields: "sku") { sku: ID! @inaccessible price: Int }',
        },
        "Product.price",
        (
            "this query cannot be answered: { product { price } }\n"
            '- the query holds "Product" in "a" when it needs "price"\n'
            '- "b" resolves it and can be entered by "sku", which cannot be fetched on this path'
        ),
    ),
    "no_key_at_all": (
        {
            "a": "type Query { v: V } type V { x: Int @shareable }",
            "b": "type Query { w: V @inaccessible } type V { x: Int @shareable y: [Int] }",
        },
        "V.y",
        (
            "this query cannot be answered: { v { y } }\n"
            '- the query holds "V" in "a" when it needs "y"\n'
            '- "b" resolves it, but "V" has no @key there to move to it by'
        ),
    ),
    "key_not_resolvable": (
        {
            "a": 'type Mutation { make: P } type Query { p: P } type P @key(fields: "id") { id: ID! }',
            "b": 'type P @key(fields: "id", resolvable: false) { id: ID! maker: Maker } type Maker { name: String }',
        },
        "P.maker",
        (
            "this query cannot be answered: { p { maker { __typename } } }\n"
            '- the query holds "P" in "a" when it needs "maker"\n'
            '- "b" resolves it, but every @key of "P" there has resolvable: false'
        ),
    ),
    "requires_in_a_circle": (
        {
            "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! }',
            "b": 'type P @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") @inaccessible }',
            "c": 'type P @key(fields: "id") { id: ID! y: Int @external x: Int @requires(fields: "y") }',
        },
        "P.x",
        (
            "this query cannot be answered: { p { x } }\n"
            '- the query holds "P" in "a", "b", "c" when it needs "x"\n'
            '- "b" declares it @external: another subgraph is to resolve it\n'
            '- "c" resolves it with @requires(fields: "y"), and that cannot be gathered on this path'
        ),
    ),
    "through_a_fragment": (
        {
            "a": "type Query { u: U } union U = A | B type A { x: Int } type B @shareable { z: Int }",
            "b": "type Query { b: B @inaccessible } type B @shareable { z: Int w: Int }",
        },
        "B.w",
        (
            "this query cannot be answered: { u { ... on B { w } } }\n"
            '- the query holds "B" in "a" when it needs "w"\n'
            '- "b" resolves it, but "B" has no @key there to move to it by'
        ),
    ),
    "from_a_mutation": (
        {
            "a": "type Query { ping: Int } type Mutation { make: V } type V { x: Int @shareable }",
            "b": "type Query { w: V @inaccessible } type V { x: Int @shareable y: Int }",
        },
        "V.y",
        (
            "this query cannot be answered: mutation { make { y } }\n"
            '- the query holds "V" in "a" when it needs "y"\n'
            '- "b" resolves it, but "V" has no @key there to move to it by'
        ),
    ),
}


@pytest.mark.parametrize("graph", REACHABLE.values(), ids=REACHABLE)
def test_a_graph_whose_every_field_can_be_reached_composes(graph):
    assert compose(sources(graph)).supergraph_sdl.startswith("schema")


@pytest.mark.parametrize(("graph", "place", "message"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_an_unreachable_field_is_refused_with_its_path_and_the_reasons(graph, place, message):
    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [(error.code, error.coordinate, error.message) for error in failure.value.errors] == [
        (ErrorCode.SATISFIABILITY_ERROR, place, message)
    ]


def test_an_interface_object_nobody_can_name_the_type_of_is_refused():
    graph = {
        "a": "type Query { m: Media } " + _MEDIA.replace('"id")', '"id", resolvable: false)'),
        "b": 'type Query { rated: [Media] } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    }

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert ("Book.__typename", ("b",)) in [(error.coordinate, error.subgraphs) for error in failure.value.errors]


_SHARED = "type Query {{ q: {0} @shareable }} {1} type {2} @shareable {{ n: Int }}"


def test_a_shared_field_that_is_one_type_here_and_another_there_is_refused():
    graph = {"a": _SHARED.format("U", "union U = A", "A"), "b": _SHARED.format("U", "union U = B", "B")}

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    [error] = failure.value.errors
    assert (error.code, error.coordinate) == (ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES, "Query.q")
    assert 'A in "a", B in "b"' in error.message


def test_two_ways_to_a_type_are_compared_even_when_one_is_a_part_of_the_other():
    owner = 'type T @key(fields: "id"{}) {{ id: ID! u: U @shareable }}'
    graph = {
        "a": "type Query { first: T } union U = A type A { n: Int } " + owner.format(""),
        "b": "type Query { second: T } union U = B type B { n: Int } " + owner.format(", resolvable: false"),
    }

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES, "T.u")
    ]


def test_a_shared_field_with_one_type_in_common_composes_with_a_remark():
    first = _SHARED.format("U", "union U = A", "A")
    second = _SHARED.format("U", "union U = A | B type B { n: Int }", "A")

    hints = compose(sources({"a": first, "b": second})).hints

    remark = HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
    assert [hint.coordinate for hint in hints if hint.code == remark] == ["Query.q"]


def _folded(count: int) -> dict[str, str]:
    """Value types in a circle, each subgraph with other fields of them: the ways through double with each subgraph."""
    graph: dict[str, str] = {}
    for missing in range(count):
        fields = {f"n{number}": number for number in range(count) if number != missing}
        types = [
            " ".join(f"{name}: V{(place * 3 + number + 1) % count}" for name, number in fields.items())
            for place in range(count)
        ]
        values = " ".join(f"type V{place} @shareable {{ x: Int {text} }}" for place, text in enumerate(types))
        graph[f"s{missing}"] = f"type Query {{ q: V0 @shareable }} {values}"
    return graph


def test_a_graph_with_too_many_ways_is_refused_within_the_bound():
    together = assemble(read_subgraphs(sources(_folded(8))))
    public = public_view(merge(together))

    [error] = check_satisfiability(together, public, max_questions=2_000).errors

    assert error.code == ErrorCode.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED
    assert error.coordinate.startswith("V")


@pytest.mark.parametrize(
    ("members", "fields", "is_met"),
    [
        ("Book", "best { ... on Book { title } ... on Film { id } }", False),
        ("Book | Film", "best { ... on Book { title } ... on Film { id } }", True),
        ("Book", "best { ... on Book { title } }", True),
    ],
)
def test_a_requirement_selects_only_types_that_the_subgraph_can_return(members, fields, is_met):
    entity = '@key(fields: "id") { id: ID!'
    graph = {
        "a": f"type Query {{ film: Film }} union Work = {members} type Book {entity} title: Int }}"
        f" type Film {entity} best: Work }}",
        "b": f"union Work = Book | Film type Book {entity} title: Int @external }}"
        f' type Film {entity} best: Work @external rank: Int @requires(fields: "{fields}") }}',
    }

    together = assemble(read_subgraphs(sources(graph)))
    errors = check_satisfiability(together, public_view(merge(together))).errors

    assert {error.coordinate for error in errors} == (set() if is_met else {"Film.rank"})


def _thinned(count: int) -> dict[str, str]:
    """One value type, of which each subgraph lacks another field that leads to it: any subset can be reached."""
    graph: dict[str, str] = {}
    for missing in range(count):
        fields = " ".join(f"f{number}: T" for number in range(count) if number != missing)
        graph[f"s{missing:02}"] = f"type Query {{ t: T @shareable }} type T @shareable {{ x: Int {fields} }}"
    return graph


def test_comparing_the_ways_through_one_type_counts_to_the_bound():
    graph = sources(_thinned(10))

    refused = [
        check_satisfiability(together, public_view(merge(together)), max_questions=15_000).errors
        for order in (graph, graph[::-1])
        if (together := assemble(read_subgraphs(order)))
    ]

    assert [[(error.code, error.coordinate) for error in errors] for errors in refused] == [
        [(ErrorCode.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED, "T")]
    ] * 2


def test_a_graph_is_judged_as_long_as_the_bound_lets_it():
    together = assemble(read_subgraphs(sources(_folded(4))))
    public = public_view(merge(together))

    errors = check_satisfiability(together, public, max_questions=2_000).errors

    assert {error.code for error in errors} == {ErrorCode.SATISFIABILITY_ERROR}


def test_values_reached_through_different_subgraphs_may_differ():
    value = "type T {{ u: U @shareable }} union U = {0} type {0} {{ n: Int }}"
    graph = {"a": "type Query { first: T } " + value.format("A"), "b": "type Query { second: T } " + value.format("B")}

    compose(sources(graph))
