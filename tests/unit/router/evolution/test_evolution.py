"""An old graph against a new one, and clients' operations against the new one."""

from pathlib import Path

import pytest

from router.composition import compose
from router.evolution import broken_operations, compare
from router.offline_graph import OfflineGraph
from tests.unit.router.composition.documents import sources

CATALOG = 'type Query { product(id: ID!): Product } type Product @key(fields: "id") { id: ID! name: String! }'
STOCK = 'type Product @key(fields: "id") { id: ID! stock: Int level: Level } enum Level { LOW HIGH }'


def graph(catalog: str = CATALOG, stock: str = STOCK) -> OfflineGraph:
    return OfflineGraph(compose(sources({"catalog": catalog, "stock": stock})).supergraph_sdl)


def test_a_graph_compared_with_itself_has_not_changed():
    comparison = compare(graph(), graph())

    assert (comparison.breaking, comparison.dangerous) == ((), ())


def test_additions_break_nothing():
    comparison = compare(graph(), graph(stock=STOCK + " extend type Product { reserved: Int }"))

    assert (comparison.breaking, comparison.dangerous) == ((), ())


@pytest.mark.parametrize(
    ("catalog", "stock", "kind", "description"),
    [
        (CATALOG, STOCK.replace("stock: Int ", ""), "FIELD_REMOVED", "Field Product.stock was removed."),
        (
            CATALOG.replace("String!", "String"),
            STOCK,
            "FIELD_CHANGED_KIND",
            "Field Product.name changed type from String! to String.",
        ),
        (
            CATALOG.replace("(id: ID!)", "(id: ID! in: Int!)"),
            STOCK,
            "REQUIRED_ARG_ADDED",
            "A required argument Query.product(in:) was added.",
        ),
        (CATALOG, STOCK.replace(" HIGH", ""), "VALUE_REMOVED_FROM_ENUM", "Enum value Level.HIGH was removed."),
        (
            CATALOG,
            STOCK.replace("stock: Int ", "stock: Int @inaccessible "),
            "FIELD_REMOVED",
            "Field Product.stock was removed.",
        ),
    ],
    ids=["field_removed", "became_nullable", "required_argument", "enum_value_removed", "hidden"],
)
def test_what_clients_would_notice_is_breaking(catalog, stock, kind, description):
    comparison = compare(graph(), graph(catalog, stock))

    assert [(change.kind, change.description) for change in comparison.breaking] == [(kind, description)]
    assert comparison.dangerous == ()


def test_a_further_enum_value_is_dangerous_but_breaks_nothing():
    comparison = compare(graph(), graph(stock=STOCK.replace("HIGH", "HIGH FULL")))

    assert comparison.breaking == ()
    assert [(change.kind, change.description) for change in comparison.dangerous] == [
        ("VALUE_ADDED_TO_ENUM", "Enum value Level.FULL was added.")
    ]


def test_a_field_may_move_to_another_subgraph():
    moved = graph(CATALOG.replace("name: String!", "name: String! stock: Int"), STOCK.replace("stock: Int ", ""))

    comparison = compare(graph(), moved)

    assert (comparison.breaking, comparison.dangerous) == ((), ())


def test_operations_that_are_valid_and_have_a_plan_are_not_broken(tmp_path: Path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "product.graphql").write_text(
        "query P($id: ID!, $s: Boolean!) { product(id: $id) { name ...S @include(if: $s) } }"
        " fragment S on Product { stock }"
    )

    assert broken_operations(graph(), tmp_path) == []


def test_every_operation_that_no_longer_fits_is_named_with_its_place(tmp_path: Path):
    (tmp_path / "a.graphql").write_text("query A {\n  product(id: 1) { weight }\n}")
    (tmp_path / "b.graphql").write_text("query B { product(")
    (tmp_path / "c.graphql").write_bytes(b"\xff")

    broken = broken_operations(graph(), tmp_path)

    assert [(operation.file.name, operation.operation, operation.reasons) for operation in broken] == [
        ("a.graphql", "", ("2:20 Cannot query field 'weight' on type 'Product'.",)),
        ("b.graphql", "", ("1:19 Syntax Error: Expected Name, found <EOF>.",)),
        ("c.graphql", "", ("not UTF-8: invalid start byte at byte 0",)),
    ]


def test_an_operation_without_a_plan_is_named(tmp_path: Path):
    (tmp_path / "a.graphql").write_text("query A { product(id: 1) { name stock } }")
    unreachable = compose(sources({"catalog": CATALOG, "stock": STOCK})).supergraph_sdl.replace(
        '@join__type(graph: STOCK, key: "id")', '@join__type(graph: STOCK, key: "id", resolvable: false)'
    )

    (broken,) = broken_operations(OfflineGraph(unreachable), tmp_path)

    assert (broken.file.name, broken.operation) == ("a.graphql", "A")
    assert len(broken.reasons) == 1


def test_an_operation_must_have_a_plan_with_all_labels_on_and_with_all_off(tmp_path: Path):
    (tmp_path / "a.graphql").write_text("query A { product(id: 1) { name } }")
    moved = STOCK.replace("stock: Int", 'stock: Int name: String! @override(from: "catalog", label: "new")')
    supergraph = compose(sources({"catalog": CATALOG, "stock": moved})).supergraph_sdl
    unreachable = supergraph.replace(
        '@join__type(graph: STOCK, key: "id")', '@join__type(graph: STOCK, key: "id", resolvable: false)'
    )

    whole = broken_operations(OfflineGraph(supergraph), tmp_path)
    (broken,) = broken_operations(OfflineGraph(unreachable), tmp_path)

    assert whole == []
    assert [reason.endswith("(with new on)") for reason in broken.reasons] == [True]
