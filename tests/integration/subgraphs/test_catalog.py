import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from tests.factories.catalogue import (
    ARCHIVE,
    CREATE,
    CREATE_CATEGORY,
    SET_PRICE,
    UPDATE,
    UPSERT,
    catalog_client,
    category,
    created,
    gbp,
    product,
    published,
    rows_in,
    variant,
)
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.subgraphs import SubgraphClient

PRODUCTS = """query($first: Int, $after: String, $last: Int, $before: String, $where: ProductWhere,
  $orderBy: [ProductOrder!]) {
  products(first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $orderBy) {
    nodes { slug name category { slug } variants { sku name options { name value } price { amount currencyCode } } }
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) {
  ... on ProductVariant { sku } ... on Product { slug } ... on Category { slug } } }"""
TABLES = ("product", "variant", "category", "price_history", "outbox")


@pytest.fixture
async def catalog(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database)
    await database.close()


async def learn_currency(catalog: SubgraphClient, currency: str) -> None:
    async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as session:
        statement = text("INSERT INTO catalog.tenant_currency VALUES (:tenant, :currency)")
        await session.execute(statement, {"tenant": catalog.tenant_id, "currency": currency})


async def row_counts(catalog: SubgraphClient) -> dict[str, int]:
    return {table: await rows_in(catalog, table) for table in TABLES}


async def fill(catalog: SubgraphClient, count: int) -> None:
    for slug in ("lamps", "rugs"):
        await category(catalog, slug.title(), slug=slug)
    items = [
        {
            "slug": f"thing-{number:03}",
            "name": f"Thing {number:03}",
            "categorySlug": ("lamps", "rugs")[number % 2],
            "variants": [
                variant(f"T-{number}-{size}", f"{number}.00", options=[{"name": "Size", "value": size}])
                for size in ("S", "L")
            ],
        }
        for number in range(count)
    ]
    await catalog.data(UPSERT, {"items": items})


async def test_twenty_products_with_variants_prices_and_categories_take_four_statements(catalog: SubgraphClient):
    await fill(catalog, 25)
    listing = PRODUCTS.replace("totalCount", "")

    with count_statements() as count:
        data = await catalog.data(listing, {"first": 20}, role="customer")

    nodes = data["products"]["nodes"]
    assert [node["slug"] for node in nodes] == [f"thing-{number:03}" for number in range(20)]
    assert nodes[3] == {
        "slug": "thing-003",
        "name": "Thing 003",
        "category": {"slug": "rugs"},
        "variants": [
            {
                "sku": f"T-3-{size}",
                "name": size,
                "options": [{"name": "Size", "value": size}],
                "price": {"amount": "3.00", "currencyCode": "GBP"},
            }
            for size in ("S", "L")
        ],
    }
    assert count.total == 4  # tenant fence, page, variants, categories


async def test_the_total_costs_one_more_statement(catalog: SubgraphClient):
    await fill(catalog, 3)

    with count_statements() as count:
        data = await catalog.data(PRODUCTS, {"first": 2})

    assert data["products"]["totalCount"] == 3
    assert count.total == 5


async def test_categories_with_their_parents_and_products_take_a_fixed_number_of_statements(catalog: SubgraphClient):
    await fill(catalog, 10)
    top = await category(catalog, "Everything", slug="all")
    await category(catalog, "Below", parentId=top["id"])
    document = """{ categories(first: 10) { nodes { slug parent { slug } products(first: 2) {
      nodes { slug variants { sku } } pageInfo { hasNextPage endCursor } } } } }"""

    with count_statements() as count:
        data = await catalog.data(document)

    summary = [
        (
            node["slug"],
            [item["slug"] for item in node["products"]["nodes"]],
            node["products"]["pageInfo"]["hasNextPage"],
        )
        for node in data["categories"]["nodes"]
    ]
    assert summary == [
        ("lamps", ["thing-000", "thing-002"], True),
        ("rugs", ["thing-001", "thing-003"], True),
        ("all", [], False),
        ("below", [], False),
    ]
    assert data["categories"]["nodes"][3]["parent"] == {"slug": "all"}
    assert count.total == 5  # tenant fence, page, parents, products of all categories, variants


async def test_pages_walk_forward_and_backward_through_any_order(catalog: SubgraphClient):
    await fill(catalog, 5)
    order = {"orderBy": [{"field": "NAME", "direction": "DESC"}], "where": {"status": "ACTIVE"}}

    first = (await catalog.data(PRODUCTS, {"first": 2, **order}))["products"]
    second = (await catalog.data(PRODUCTS, {"first": 2, "after": first["pageInfo"]["endCursor"], **order}))["products"]
    back = (await catalog.data(PRODUCTS, {"last": 2, "before": second["pageInfo"]["startCursor"], **order}))["products"]

    assert [node["slug"] for node in first["nodes"]] == ["thing-004", "thing-003"]
    assert [node["slug"] for node in second["nodes"]] == ["thing-002", "thing-001"]
    assert back["nodes"] == first["nodes"]
    assert (first["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_a_list_can_be_narrowed_to_a_category(catalog: SubgraphClient):
    await fill(catalog, 5)
    rugs = (await catalog.data("{ categories(first: 2) { nodes { id } } }"))["categories"]["nodes"][1]["id"]

    data = await catalog.data(PRODUCTS, {"first": 10, "where": {"categoryId": rugs}})

    assert [node["slug"] for node in data["products"]["nodes"]] == ["thing-001", "thing-003"]


async def test_entities_resolve_by_either_key_with_one_statement_per_key(catalog: SubgraphClient):
    await fill(catalog, 4)
    nodes = (await catalog.data("{ products(first: 4) { nodes { id variants { id } } } }"))["products"]["nodes"]
    by_id = [{"__typename": "ProductVariant", "id": node["variants"][0]["id"]} for node in nodes[:2]]
    by_sku = [{"__typename": "ProductVariant", "sku": f"T-{number}-L"} for number in (2, 3, 2)]
    unknown = [{"__typename": "ProductVariant", "sku": "T-0-XXL"}]

    with count_statements() as count:
        data = await catalog.data(ENTITIES, {"r": by_id + by_sku + unknown})

    assert [entity and entity["sku"] for entity in data["_entities"]] == [
        "T-0-S", "T-1-S", "T-2-L", "T-3-L", "T-2-L", None,
    ]  # fmt: skip
    assert count.total == 3  # tenant fence, variants by id, variants by SKU


async def test_products_and_categories_are_entities_too(catalog: SubgraphClient):
    made = await created(catalog, product())
    shelf = await category(catalog, "Lamps")
    representations = [
        {"__typename": "Product", "id": made["id"]},
        {"__typename": "Product", "slug": "oak-lamp"},
        {"__typename": "Category", "id": shelf["id"]},
    ]

    data = await catalog.data(ENTITIES, {"r": representations})

    assert data["_entities"] == [{"slug": "oak-lamp"}, {"slug": "oak-lamp"}, {"slug": "lamps"}]


async def test_a_created_product_is_published_as_a_snapshot(catalog: SubgraphClient):
    made = await created(catalog, product("Oak Lamp", "LAMP-1", "LAMP-2"))

    [event] = await published(catalog)
    assert (event.subject, event.data["slug"], event.data["status"]) == (
        "retail.product.created.v1",
        "oak-lamp",
        "ACTIVE",
    )
    assert event.data["version"] == made["version"] == 1
    variants: Any = event.data["variants"]
    assert [{key: item[key] for key in ("sku", "name", "priceMinor", "currency")} for item in variants] == [
        {"sku": sku, "name": "Oak Lamp", "priceMinor": 1250, "currency": "GBP"} for sku in ("LAMP-1", "LAMP-2")
    ]
    assert await row_counts(catalog) == {"product": 1, "variant": 2, "category": 0, "price_history": 2, "outbox": 1}


async def test_a_suggested_slug_that_is_taken_gets_a_number(catalog: SubgraphClient):
    slugs = [(await created(catalog, product("Café Crème!", f"C-{number}")))["slug"] for number in range(3)]

    assert slugs == ["cafe-creme", "cafe-creme-2", "cafe-creme-3"]


async def test_an_update_changes_what_it_names_and_publishes_the_new_state(catalog: SubgraphClient):
    made = await created(catalog, product("Oak Lamp", "LAMP-1", description="Made of oak."))
    changes = {"name": "Ash Lamp", "variants": [variant("LAMP-1", "14.00"), variant("LAMP-2", "20.00", name="Tall")]}

    data = await catalog.data(UPDATE, {"id": made["id"], "input": changes, "seen": 1})

    changed = data["productUpdate"]["product"]
    assert (changed["name"], changed["slug"], changed["description"]) == ("Ash Lamp", "oak-lamp", "Made of oak.")
    assert [(item["sku"], item["name"], item["price"]["amount"], item["version"]) for item in changed["variants"]] == [
        ("LAMP-1", "Oak Lamp", "14.00", 2),
        ("LAMP-2", "Tall", "20.00", 1),
    ]
    events = (await published(catalog))[1:]
    assert [(event.subject, event.data["version"]) for event in events] == [
        ("retail.product.updated.v1", 2),
        ("retail.product.price.changed.v1", 2),
    ]
    assert (events[1].data["priceMinor"], events[1].data["previousPriceMinor"]) == (1400, 1250)


async def test_an_update_that_says_nothing_new_changes_nothing(catalog: SubgraphClient):
    made = await created(catalog, product())
    before = await row_counts(catalog)

    data = await catalog.data(UPDATE, {"id": made["id"], "input": product(), "seen": 1})

    assert data["productUpdate"]["product"]["version"] == 1
    assert await row_counts(catalog) == before


async def test_of_two_updates_of_the_same_version_one_is_stale(catalog: SubgraphClient):
    made = await created(catalog, product())

    answers = await asyncio.gather(
        *(catalog.data(UPDATE, {"id": made["id"], "input": {"name": name}, "seen": 1}) for name in ("Ash", "Elm"))
    )

    errors = [answer["productUpdate"]["userErrors"] for answer in answers]
    assert sorted(errors, key=len) == [
        [],
        [{"field": ["expectedVersion"], "message": "the product is at version 2", "code": "STALE_VERSION"}],
    ]
    assert [event.data["version"] for event in await published(catalog)] == [1, 2]


async def test_a_price_is_set_once_per_key_and_remembered(catalog: SubgraphClient):
    made = await created(catalog, product())
    request = {"id": made["variants"][0]["id"], "price": gbp("15.00"), "key": "k1"}

    first = await catalog.data(SET_PRICE, request)
    again = await catalog.data(SET_PRICE, request)

    assert first == again
    assert first["variantPriceSet"]["variant"] == {
        "price": {"amount": "15.00", "currencyCode": "GBP"},
        "version": 2,
        "product": {"version": 2},
    }
    events = await published(catalog)
    assert [event.subject for event in events] == ["retail.product.created.v1", "retail.product.price.changed.v1"]
    assert await rows_in(catalog, "price_history") == 2


async def test_a_price_key_with_another_price_is_refused_and_changes_nothing(catalog: SubgraphClient):
    made = await created(catalog, product())
    request = {"id": made["variants"][0]["id"], "price": gbp("15.00"), "key": "k1"}
    await catalog.data(SET_PRICE, request)
    before = await row_counts(catalog)

    answer = await catalog.answer(SET_PRICE, {**request, "price": gbp("16.00")})

    assert answer["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await row_counts(catalog) == before


async def test_archiving_is_published_once_and_can_be_undone(catalog: SubgraphClient):
    made = await created(catalog, product())

    first = await catalog.data(ARCHIVE, {"id": made["id"]})
    again = await catalog.data(ARCHIVE, {"id": made["id"]})
    back = await catalog.data(UPDATE, {"id": made["id"], "input": {"status": "ACTIVE"}, "seen": 2})

    assert first == again == {"productArchive": {"product": {"status": "ARCHIVED", "version": 2}, "userErrors": []}}
    assert back["productUpdate"]["product"]["status"] == "ACTIVE"
    events = await published(catalog)
    assert [event.subject.split(".")[2] for event in events] == ["created", "deleted", "updated"]
    assert len(events[1].data["variantIds"]) == 1  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (product("Lamp", variants=[]), "INVALID", ["input", "variants"]),
        (product("  "), "INVALID", ["input", "slug"]),
        (product("  ", slug="lamp"), "INVALID", ["input", "name"]),
        (product("Lamp", slug="Not A Slug"), "INVALID", ["input", "slug"]),
        (product("Lamp\u0000"), "INVALID", ["input", "name"]),
        (product("電気"), "INVALID", ["input", "slug"]),
        (product("Lamp", variants=[variant("A", None)]), "INVALID", ["input", "variants", "0", "price"]),
        (product("Lamp", variants=[variant("A", "-1.00")]), "INVALID", ["input", "variants", "0", "price", "amount"]),
        (product("Lamp", variants=[variant("")]), "INVALID", ["input", "variants", "0", "sku"]),
        (product("Lamp", "A", "B", "A"), "DUPLICATE_SKU", ["input", "variants", "2", "sku"]),
        (product("Lamp", "TAKEN"), "SKU_TAKEN", ["input", "variants", "0", "sku"]),
        (product("Lamp", slug="taken"), "SLUG_TAKEN", ["input", "slug"]),
        (product("Lamp", *(f"S{n}" for n in range(101))), "INVALID", ["input", "variants"]),
        (
            product("Lamp", categoryId=encode_global_id("Category", uuid7())),
            "NO_SUCH_CATEGORY",
            ["input", "categoryId"],
        ),
        (
            product("Lamp", variants=[{"sku": "A", "price": {"amount": "10", "currencyCode": "JPY"}}]),
            "WRONG_CURRENCY",
            ["input", "variants", "0", "price", "currencyCode"],
        ),
    ],
)
async def test_a_product_that_breaks_a_rule_is_refused_and_changes_nothing(
    catalog: SubgraphClient, given: dict[str, Any], code: str, field: list[str]
):
    await learn_currency(catalog, "GBP")
    await created(catalog, product("Taken", "TAKEN", slug="taken"))
    before = await row_counts(catalog)

    payload = (await catalog.data(CREATE, {"input": given}))["productCreate"]

    assert payload["product"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert await row_counts(catalog) == before


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        (CREATE, {"input": product("Lamp", variants=[variant("A", "1.005")])}, "BAD_USER_INPUT"),
        (CREATE, {"input": product("Lamp", categoryId=encode_global_id("Product", uuid7()))}, "BAD_USER_INPUT"),
        (ARCHIVE, {"id": "nonsense"}, "BAD_USER_INPUT"),
        (UPSERT, {"items": []}, "BAD_USER_INPUT"),
        (UPSERT, {"items": [{"slug": "a", "name": "A", "variants": []}] * 101}, "BAD_USER_INPUT"),
        (
            SET_PRICE,
            {"id": encode_global_id("ProductVariant", uuid7()), "price": gbp("1"), "key": ""},
            "BAD_USER_INPUT",
        ),
        (PRODUCTS, {"first": 101}, "BAD_USER_INPUT"),
        (PRODUCTS, {}, "BAD_USER_INPUT"),
        (PRODUCTS, {"first": 1, "after": "bm9uc2Vuc2U"}, "BAD_USER_INPUT"),
    ],
)
async def test_malformed_input_is_a_coded_error_and_changes_nothing(
    catalog: SubgraphClient, document: str, variables: dict[str, Any], code: str
):
    answer = await catalog.answer(document, variables)

    assert answer["errors"][0]["extensions"]["code"] == code
    assert set((await row_counts(catalog)).values()) == {0}


async def test_an_unknown_product_or_variant_is_refused(catalog: SubgraphClient):
    no_product = encode_global_id("Product", uuid7())
    no_variant = encode_global_id("ProductVariant", uuid7())

    updated = await catalog.data(UPDATE, {"id": no_product, "input": {"name": "X"}, "seen": 1})
    archived = await catalog.data(ARCHIVE, {"id": no_product})
    priced = await catalog.data(SET_PRICE, {"id": no_variant, "price": gbp("1"), "key": "k"})

    assert updated["productUpdate"]["userErrors"][0]["code"] == "NO_SUCH_PRODUCT"
    assert archived["productArchive"]["userErrors"][0]["code"] == "NO_SUCH_PRODUCT"
    assert priced["variantPriceSet"]["userErrors"][0]["code"] == "NO_SUCH_VARIANT"


async def test_a_category_slug_is_given_once(catalog: SubgraphClient):
    await category(catalog, "Lamps")

    again = (await catalog.data(CREATE_CATEGORY, {"input": {"name": "lamps"}}))["categoryCreate"]
    lost = (
        await catalog.data(CREATE_CATEGORY, {"input": {"name": "X", "parentId": encode_global_id("Category", uuid7())}})
    )["categoryCreate"]

    assert again == {"category": None, "userErrors": [{"field": ["input", "slug"], "code": "SLUG_TAKEN"}]}
    assert lost == {"category": None, "userErrors": [{"field": ["input", "parentId"], "code": "NO_SUCH_CATEGORY"}]}
    assert await rows_in(catalog, "category") == 1


async def test_a_foreign_currency_price_is_refused_and_the_old_one_stays(catalog: SubgraphClient):
    await learn_currency(catalog, "GBP")
    made = await created(catalog, product())
    before = await row_counts(catalog)
    price = {"amount": "15.00", "currencyCode": "EUR"}

    payload = await catalog.data(SET_PRICE, {"id": made["variants"][0]["id"], "price": price, "key": "k"})

    assert payload["variantPriceSet"] == {
        "variant": None,
        "userErrors": [
            {
                "field": ["price", "currencyCode"],
                "message": "prices of this tenant are in GBP",
                "code": "WRONG_CURRENCY",
            }
        ],
    }
    assert await row_counts(catalog) == before


async def test_another_tenant_sees_and_changes_nothing(catalog: SubgraphClient):
    made = await created(catalog, product())
    variant_id = made["variants"][0]["id"]
    stranger = catalog.for_tenant(uuid7())
    lookups = """query($p: ID!, $v: ID!) { product(id: $p) { id } productBySlug(slug: "oak-lamp") { id }
      variant(id: $v) { id } variantBySku(sku: "LAMP-1") { id } products(first: 5) { totalCount } }"""
    representations = [
        {"__typename": "Product", "id": made["id"]},
        {"__typename": "ProductVariant", "sku": "LAMP-1"},
    ]

    seen = await stranger.data(lookups, {"p": made["id"], "v": variant_id})
    entities = await stranger.data(ENTITIES, {"r": representations})
    priced = await stranger.data(SET_PRICE, {"id": variant_id, "price": gbp("0.01"), "key": "k"})
    updated = await stranger.data(UPDATE, {"id": made["id"], "input": {"name": "Mine"}, "seen": 1})
    own = await created(stranger, product())

    assert seen == {
        "product": None, "productBySlug": None, "variant": None, "variantBySku": None, "products": {"totalCount": 0},
    }  # fmt: skip
    assert entities == {"_entities": [None, None]}
    assert priced["variantPriceSet"]["userErrors"][0]["code"] == "NO_SUCH_VARIANT"
    assert updated["productUpdate"]["userErrors"][0]["code"] == "NO_SUCH_PRODUCT"
    assert own["slug"] == "oak-lamp"
    mine = await catalog.data(
        "query($p: ID!) { product(id: $p) { name variants { price { amount } } } }", {"p": made["id"]}
    )
    assert mine["product"] == {"name": "Oak Lamp", "variants": [{"price": {"amount": "12.50"}}]}


@pytest.mark.parametrize("role", ["customer", "cashier", "analyst"])
async def test_who_may_not_write_the_catalogue_changes_nothing(catalog: SubgraphClient, role: str):
    requests: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"input": product()}),
        (CREATE_CATEGORY, {"input": {"name": "Lamps"}}),
        (UPSERT, {"items": [{"slug": "lamp", **product()}]}),
        (ARCHIVE, {"id": encode_global_id("Product", uuid7())}),
    ]

    answers = [await catalog.answer(document, variables, role=role) for document, variables in requests]

    assert {answer["errors"][0]["extensions"]["code"] for answer in answers} == {"FORBIDDEN"}
    assert set((await row_counts(catalog)).values()) == {0}


async def test_nobody_is_asked_to_sign_in(catalog: SubgraphClient):
    for document, variables in ((PRODUCTS, {"first": 1}), (CREATE, {"input": product()})):
        answer = await catalog.answer(document, variables, role="")

        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_price_history_can_only_grow(catalog: SubgraphClient):
    await created(catalog, product())

    for statement in ("UPDATE catalog.price_history SET price_minor = 0", "DELETE FROM catalog.price_history"):
        with pytest.raises(Exception, match="permission denied"):
            async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as session:
                await session.execute(text(statement))

    assert await rows_in(catalog, "price_history") == 1
