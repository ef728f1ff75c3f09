import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import uuid7
from tests.factories.catalogue import (
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
from tests.factories.databases import ProvisionedDatabase
from tests.factories.subgraphs import SubgraphClient

# tenant fence, lock, categories by slug, products, their variants, categories by id, currency, owners of SKUs,
# products, variants, prices, outbox
STATEMENTS = 12


@pytest.fixture
async def catalog(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database)
    await database.close()


def item(slug: str, *skus: str, amount: str = "10.00", **fields: Any) -> dict[str, Any]:
    variants = [variant(sku, amount) for sku in skus or (f"SKU-{slug}",)]
    return {"slug": slug, "name": slug.title(), "variants": variants, **fields}


async def upsert(catalog: SubgraphClient, *items: dict[str, Any], policy: str = "REJECT_EVERYTHING") -> dict[str, Any]:
    return (await catalog.data(UPSERT, {"items": list(items), "policy": policy}))["productBulkUpsert"]


def outcomes(payload: dict[str, Any]) -> list[str]:
    return [result["outcome"] for result in payload["results"]]


async def test_a_hundred_products_are_created_in_a_fixed_number_of_statements(catalog: SubgraphClient):
    await category(catalog, "Lamps")
    items = [item(f"p-{n}", f"S-{n}-1", f"S-{n}-2", categorySlug="lamps") for n in range(100)]

    with count_statements() as count:
        answer = await catalog.data(
            UPSERT.replace("product { slug version variants { sku price { amount } } }", ""), {"items": items}
        )

    assert answer["productBulkUpsert"]["count"] == 100
    assert (await rows_in(catalog, "product"), await rows_in(catalog, "variant")) == (100, 200)
    assert len(await published(catalog)) == 100
    # no variants of known products to read; nor the products again, because the answer does not show them
    assert count.total == STATEMENTS - 1


async def test_a_hundred_products_are_changed_in_a_fixed_number_of_statements(catalog: SubgraphClient):
    await upsert(catalog, *(item(f"p-{n}", f"S-{n}-1", f"S-{n}-2") for n in range(100)))
    # different columns change in different products
    changed = [
        item(f"p-{n}", f"S-{n}-1", f"S-{n}-2", **[{"amount": "11.00"}, {"description": "New."}, {"name": "N"}][n % 3])
        for n in range(100)
    ]

    with count_statements() as count:
        answer = await catalog.data(
            UPSERT.replace("product { slug version variants { sku price { amount } } }", ""), {"items": changed}
        )

    assert set(outcomes(answer["productBulkUpsert"])) == {"UPDATED"}
    assert count.total == STATEMENTS


async def test_the_same_items_again_change_nothing(catalog: SubgraphClient):
    await category(catalog, "Lamps")
    items = [item("a", categorySlug="lamps", description="A lamp."), item("b", "B-1", "B-2", externalReference="x1")]
    first = await upsert(catalog, *items)
    events = await published(catalog)

    again = await upsert(catalog, *items)

    assert (outcomes(first), first["count"]) == (["CREATED", "CREATED"], 2)
    assert (outcomes(again), again["count"]) == (["UNCHANGED", "UNCHANGED"], 0)
    assert [result["product"]["version"] for result in again["results"]] == [1, 1]
    assert await published(catalog) == events
    assert await rows_in(catalog, "price_history") == 3


async def test_known_products_take_over_what_is_named_and_keep_the_rest(catalog: SubgraphClient):
    await created(catalog, product("Oak Lamp", "LAMP-1", description="Made of oak."))

    payload = await upsert(catalog, {"slug": "oak-lamp", "name": "Oak Lamp", "variants": [variant("LAMP-2", "20.00")]})

    assert payload["results"] == [
        {
            "outcome": "UPDATED",
            "product": {
                "slug": "oak-lamp",
                "version": 2,
                "variants": [
                    {"sku": "LAMP-1", "price": {"amount": "12.50"}},
                    {"sku": "LAMP-2", "price": {"amount": "20.00"}},
                ],
            },
            "userErrors": [],
        }
    ]


async def test_one_refused_item_refuses_everything(catalog: SubgraphClient):
    await upsert(catalog, item("known"))
    before = await published(catalog)

    payload = await upsert(catalog, item("good"), item("known", amount="99.00"), item("bad", "A", "A"))

    assert (payload["count"], outcomes(payload)) == (0, ["REFUSED"] * 3)
    assert [result["userErrors"] for result in payload["results"]] == [
        [{"field": ["items", "0"], "code": "BATCH_REFUSED"}],
        [{"field": ["items", "1"], "code": "BATCH_REFUSED"}],
        [{"field": ["items", "2", "variants", "1", "sku"], "code": "DUPLICATE_SKU"}],
    ]
    assert await published(catalog) == before
    assert (await rows_in(catalog, "product"), await rows_in(catalog, "price_history")) == (1, 1)


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (item("Bad Slug"), "INVALID", ["slug"]),
        (item("bad", "TAKEN"), "SKU_TAKEN", ["variants", "0", "sku"]),
        (item("bad", "GOOD"), "SKU_TAKEN", ["variants", "0", "sku"]),
        (item("bad", categorySlug="nowhere"), "NO_SUCH_CATEGORY", ["categorySlug"]),
        (item("bad", amount="1.005"), "INVALID", ["variants", "0", "price", "amount"]),
        (item("bad", amount="-1"), "INVALID", ["variants", "0", "price", "amount"]),
        (item("bad", variants=[]), "INVALID", ["variants"]),
        (item("bad", name=" "), "INVALID", ["name"]),
        (item("taken", "TAKEN", "GOOD", amount="77.00"), "SKU_TAKEN", ["variants", "1", "sku"]),
    ],
)
async def test_the_other_rows_are_stored_when_only_failed_ones_are_rejected(
    catalog: SubgraphClient, bad: dict[str, Any], code: str, field: list[str]
):
    await upsert(catalog, item("taken", "TAKEN"))

    payload = await upsert(catalog, item("good", "GOOD"), bad, policy="REJECT_FAILED_ROWS")

    assert (payload["count"], outcomes(payload)) == (1, ["CREATED", "REFUSED"])
    assert payload["results"][1]["userErrors"] == [{"field": ["items", "1", *field], "code": code}]
    assert [event.data["slug"] for event in await published(catalog)] == ["taken", "good"]
    assert (await rows_in(catalog, "variant"), await rows_in(catalog, "price_history")) == (2, 2)


async def test_a_product_is_stored_without_its_refused_variants_when_failures_are_ignored(catalog: SubgraphClient):
    await upsert(catalog, item("taken", "TAKEN"))
    mixed = [variant("A"), variant("TAKEN"), variant("", "1"), variant("A"), variant("B", None), variant("C", "3")]

    payload = await upsert(catalog, item("mixed", variants=mixed), item("empty", "TAKEN"), policy="IGNORE_FAILED")

    assert outcomes(payload) == ["CREATED", "REFUSED"]
    assert [item["sku"] for item in payload["results"][0]["product"]["variants"]] == ["A", "C"]
    assert [(error["field"][3], error["code"]) for error in payload["results"][0]["userErrors"]] == [
        ("1", "SKU_TAKEN"),
        ("2", "INVALID"),
        ("3", "DUPLICATE_SKU"),
        ("4", "INVALID"),
    ]


async def test_a_sku_that_moves_between_tenants_is_two_skus(catalog: SubgraphClient):
    stranger = catalog.for_tenant(uuid7())

    mine, theirs = await upsert(catalog, item("lamp")), await upsert(stranger, item("lamp", amount="99.00"))

    assert (outcomes(mine), outcomes(theirs)) == (["CREATED"], ["CREATED"])
    found = await catalog.data('{ variantBySku(sku: "SKU-lamp") { price { amount } } }')
    assert found == {"variantBySku": {"price": {"amount": "10.00"}}}


async def test_the_same_batch_from_two_callers_at_once_is_stored_once(catalog: SubgraphClient):
    items = [item(f"p-{n}") for n in range(20)]

    payloads = await asyncio.gather(upsert(catalog, *items), upsert(catalog, *reversed(items)))

    assert sorted(payload["count"] for payload in payloads) == [0, 20]
    assert await rows_in(catalog, "variant") == 20


async def test_two_items_with_one_slug_are_applied_in_their_order(catalog: SubgraphClient):
    payload = await upsert(catalog, item("lamp", "A"), item("lamp", "A", "B", amount="11.00"))

    assert outcomes(payload) == ["CREATED", "UPDATED"]
    assert payload["results"][1]["product"]["variants"] == [
        {"sku": sku, "price": {"amount": gbp("11.00")["amount"]}} for sku in ("A", "B")
    ]
    assert [event.data["version"] for event in await published(catalog)] == [1, 2, 2]
