"""What catalog reads for a selection: these columns, in these statements; the same whoever executes the operation."""

from collections.abc import AsyncIterator

import orjson
import pytest
from prometheus_client import REGISTRY

from kernel.database import count_statements
from kernel.graphql import SubgraphSettings
from kernel.ids import encode_global_id, uuid7
from tests.factories.catalogue import UPSERT, catalog_client, category, variant
from tests.factories.databases import ProvisionedDatabase
from tests.factories.subgraphs import SubgraphClient
from tests.fakes.asgi_client import AsgiClient

ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
  ... on ProductVariant { sku name product { slug } } ... on Product { slug status } ... on Category { name } } }"""


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
async def catalog(
    provisioned_database: ProvisionedDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    client = catalog_client(database, compiled_execution=request.param)
    await category(client, "Lamps", slug="lamps")
    items = [
        {
            "slug": f"lamp-{number}",
            "name": f"Lamp {number}",
            "categorySlug": "lamps",
            "variants": [variant(f"L-{number}-{size}", options=[{"name": "Size", "value": size}]) for size in "SL"],
        }
        for number in range(3)
    ]
    await client.data(UPSERT, {"items": items})
    yield client
    await database.close()


async def statements(catalog: SubgraphClient, document: str) -> list[str]:
    """What is sent for a document, without the fence, blanks and the schema's name."""
    with count_statements() as count:
        await catalog.data(document)
    fence, *sent = [" ".join(statement.replace("catalog.", "").split()) for statement in count.statements]
    assert fence == f"BEGIN READ ONLY; SELECT set_config('app.tenant', '{catalog.tenant_id}', true)"
    return sent


async def test_a_list_reads_what_is_selected_and_its_order(catalog: SubgraphClient):
    assert await statements(catalog, "{ products(first: 2) { nodes { slug } } }") == [
        (
            "SELECT product.id AS id, product.slug AS slug, product.created_at AS created_at FROM product "
            "ORDER BY product.created_at ASC, product.id ASC LIMIT $1::INTEGER"
        )
    ]


async def test_edges_and_nodes_and_fragments_read_together(catalog: SubgraphClient):
    document = """query { products(first: 2, where: {status: ACTIVE}) {
      nodes { ...Names } edges { node { ... on Product { version } } } } }
    fragment Names on Product { name }"""

    assert await statements(catalog, document) == [
        (
            "SELECT product.id AS id, product.name AS name, product.created_at AS created_at, "
            "product.version AS version FROM product WHERE product.status = $1::VARCHAR "
            "ORDER BY product.created_at ASC, product.id ASC LIMIT $2::INTEGER"
        )
    ]


async def test_a_total_alone_reads_the_page_for_its_cursors_only(catalog: SubgraphClient):
    assert await statements(catalog, "{ products(first: 2) { totalCount } }") == [
        (
            "SELECT product.id AS id, product.created_at AS created_at FROM product "
            "ORDER BY product.created_at ASC, product.id ASC LIMIT $1::INTEGER"
        ),
        "SELECT count(*) AS count_1 FROM product",
    ]


async def test_relations_read_their_keys_and_what_is_selected_below_them(catalog: SubgraphClient):
    document = "{ products(first: 2) { nodes { category { name } variants { sku price { amount } } } } }"

    sent = await statements(catalog, document)

    assert sorted(sent) == [
        "SELECT category.id AS id, category.name AS name FROM category WHERE category.id = ANY ($1::UUID[])",
        (
            "SELECT product.id AS id, product.category_id AS category_id, product.created_at AS created_at "
            "FROM product ORDER BY product.created_at ASC, product.id ASC LIMIT $1::INTEGER"
        ),
        (
            "SELECT variant.product_id AS product_id, variant.sku AS sku, variant.price_minor AS price_minor, "
            "variant.currency AS currency FROM variant "
            "WHERE variant.product_id = ANY ($1::UUID[]) ORDER BY variant.position"
        ),
    ]


async def test_a_page_of_each_parent_is_one_statement(catalog: SubgraphClient):
    document = "{ categories(first: 5) { nodes { products(first: 2) { nodes { slug } } } } }"

    assert (await statements(catalog, document))[1:] == [
        (
            "SELECT page.id, page.slug, page.category_id, page.created_at FROM unnest($1::UUID[]) AS parents(key) "
            "JOIN LATERAL (SELECT product.id AS id, product.slug AS slug, product.category_id AS category_id, "
            "product.created_at AS created_at FROM product WHERE product.category_id = parents.key "
            "ORDER BY product.created_at ASC, product.id ASC LIMIT $2::INTEGER) AS page ON true "
            "ORDER BY page.created_at ASC, page.id ASC"
        )
    ]


async def test_the_page_after_a_cursor_is_found_by_the_index(catalog: SubgraphClient):
    first = await catalog.data("{ products(first: 1) { pageInfo { endCursor } } }")
    cursor = first["products"]["pageInfo"]["endCursor"]

    [sent] = await statements(catalog, f'{{ products(first: 1, after: "{cursor}") {{ nodes {{ slug }} }} }}')

    assert sent.partition(" WHERE ")[2] == (
        "(product.created_at, product.id) > ($1::TIMESTAMP WITH TIME ZONE, $2::UUID) "
        "ORDER BY product.created_at ASC, product.id ASC LIMIT $3::INTEGER"
    )


async def test_a_mutation_reads_what_it_wrote_only_when_that_is_selected(catalog: SubgraphClient):
    document = """mutation($id: ID!) { productArchive(id: $id) { %s userErrors { code } } }"""
    found = await catalog.data('{ productBySlug(slug: "lamp-0") { id } }')
    variables = {"id": found["productBySlug"]["id"]}
    await catalog.data(document % "", variables)

    with count_statements() as unselected:
        await catalog.data(document % "", variables)
    with count_statements() as selected:
        answer = await catalog.data(document % "product { status }", variables)

    assert answer["productArchive"]["product"] == {"status": "ARCHIVED"}
    assert selected.total == unselected.total + 2  # tenant fence, product


async def test_references_are_read_by_type_and_key_and_each_fails_in_its_own_place(catalog: SubgraphClient):
    found = await catalog.data('{ productBySlug(slug: "lamp-0") { id category { id } variants { id } } }')
    lamp = found["productBySlug"]
    representations: list[object] = [
        {"__typename": "ProductVariant", "sku": "L-2-S"},
        {"__typename": "Product", "id": "nonsense"},
        {"__typename": "ProductVariant", "id": lamp["variants"][1]["id"]},
        {"__typename": "Product", "id": lamp["id"]},
        {"__typename": "Order", "id": lamp["id"]},
        {"__typename": "ProductVariant", "sku": "L-0-S"},
        {"__typename": "ProductVariant", "sku": ["L-0-S"]},
        {"__typename": "ProductVariant"},
        {"__typename": "ProductVariant", "sku": "L-0-S", "price": 0},
        {"__typename": "Product", "slug": "lamp-2", "id": lamp["id"]},
        {"__typename": "Category", "id": lamp["category"]["id"]},
        {"__typename": "Category", "id": encode_global_id("Category", uuid7())},
        7,
        {"__typename": "ProductVariant", "sku": "L-0-S\0"},
    ]

    with count_statements() as count:
        answer = await catalog.answer(ENTITIES, {"r": representations})

    by_sku = {"__typename": "ProductVariant", "name": "S"}
    lamp_0 = {"__typename": "Product", "slug": "lamp-0", "status": "ACTIVE"}
    assert answer["data"]["_entities"] == [
        {**by_sku, "sku": "L-2-S", "product": {"slug": "lamp-2"}},
        None,
        {"__typename": "ProductVariant", "sku": "L-0-L", "name": "L", "product": {"slug": "lamp-0"}},
        lamp_0,
        None,
        {**by_sku, "sku": "L-0-S", "product": {"slug": "lamp-0"}},
        None,
        None,
        None,
        lamp_0,
        {"__typename": "Category", "name": "Lamps"},
        None,
        None,
        None,
    ]
    errors = [(error["path"], error["message"], error["extensions"]["code"]) for error in answer["errors"]]
    assert sorted(errors) == [
        (["_entities", 1], "'nonsense' is not a valid id", "BAD_USER_INPUT"),
        (["_entities", 4], "no such entity here", "BAD_USER_INPUT"),
        (["_entities", 6], "a key is a text", "BAD_USER_INPUT"),
        (["_entities", 7], "not a key of this entity", "BAD_USER_INPUT"),
        (["_entities", 8], "not a key of this entity", "BAD_USER_INPUT"),
        (["_entities", 12], "a representation is an object", "BAD_USER_INPUT"),
        (["_entities", 13], "a key is a text", "BAD_USER_INPUT"),
    ]
    # tenant fence, variants by SKU, variants by id, products by id, categories, products of the variants
    assert count.total == 6


async def test_too_many_references_are_refused_as_a_whole(catalog: SubgraphClient):
    representations = [{"__typename": "Product", "slug": "lamp-0"}] * 1001

    answer = await catalog.answer(
        "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }", {"r": representations}
    )

    assert answer["data"] is None
    assert [error["message"] for error in answer["errors"]] == ["at most 1000 representations"]


async def test_what_cannot_be_compiled_is_answered_and_counted(provisioned_database: ProvisionedDatabase):
    database = provisioned_database.connect("catalog_app")
    client = catalog_client(database)
    fields = " ".join(f"a{number}: __typename" for number in range(1_100))
    labels = {"service": "catalog", "reason": "too_large"}
    before = REGISTRY.get_sample_value("graphql_fallbacks_total", labels) or 0

    data = await client.data(f"{{ {fields} }}")

    assert data == {f"a{number}": "Query" for number in range(1_100)}
    assert REGISTRY.get_sample_value("graphql_fallbacks_total", labels) == before + 1
    await database.close()


@pytest.mark.parametrize(("value", "is_compiled"), [(None, True), ("true", True), ("false", False)])
def test_compiled_execution_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, value: str | None, is_compiled: bool):
    for name in ("CATALOG_DATABASE_URL", "ISSUER", "JWKS_URL"):
        monkeypatch.setenv(f"RETAILFLOW_{name}", "unused")
    if value is not None:
        monkeypatch.setenv("RETAILFLOW_COMPILED_EXECUTION", value)

    assert SubgraphSettings.for_context("catalog").compiled_execution is is_compiled


async def test_the_bytes_over_http_say_what_is_answered_in_process(catalog: SubgraphClient):
    document = "{ products(first: 3) { nodes { id createdAt updatedAt status variants { price { amount } } } } }"
    headers = catalog.tokens.headers(catalog.tenant_id, "tenant_owner")

    over_http = await AsgiClient(catalog.subgraph.asgi_app()).request(
        "POST", "/graphql", headers, orjson.dumps({"query": document})
    )

    assert over_http.headers["content-type"] == "application/json"
    assert over_http.json() == await catalog.answer(document)
    assert '"createdAt":"2' in over_http.text
    assert "+00:00" not in over_http.text
