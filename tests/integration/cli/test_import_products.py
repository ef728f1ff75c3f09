from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cli.api_client import ApiError
from cli.imports.product_rows import RowOutcome, read_product_file
from cli.imports.products import ImportReport, import_products
from tests.factories.databases import ProvisionedDatabase
from tests.factories.graph import ShopGraph

HEADER = (
    "Handle,Title,Body (HTML),Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Price,Variant Barcode,Image Src"
)
SHOP_FILE = (
    "pot,Clay Pot,<p>Clay.</p>,Garden,true,Size,Small,POT-S,4,9.99,,",
    "pot,,,,,,Large,POT-L,0,15.99,,",
    "pot,,,,,,,,,,,https://x.test/2.jpg",
    "lamp,Oak Lamp,,Lighting,true,Title,Default Title,,7,59,4006381333931,https://x.test/1.jpg",
    "sofa,Grey Sofa,,Home,false,Title,Default Title,SOFA,1,499.00,,",
)
PRODUCTS = """{ products(first: 10, orderBy: {field: NAME}) { nodes { slug status version category { slug name }
  variants { sku name price { amount } availability { onHand } } } } }"""
SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase) -> AsyncIterator[ShopGraph]:
    graph = ShopGraph.over(provisioned_database)
    await graph.create_tenant()
    yield graph
    await graph.close()


async def run(shop: ShopGraph, file: Path) -> ImportReport:
    async def catch_up(_seconds: float) -> None:
        await shop.relay()

    return await import_products(shop, read_product_file(file), pause=catch_up)


def write(folder: Path, *rows: str) -> Path:
    file = folder / "products.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return file


def counted(report: ImportReport) -> dict[str, int]:
    return {str(outcome): count for outcome, count in report.rows.items() if count}


async def listed(shop: ShopGraph) -> list[dict[str, Any]]:
    return (await shop.execute(PRODUCTS))["products"]["nodes"]


async def test_a_file_comes_in_with_categories_prices_and_stock(shop: ShopGraph, tmp_path: Path):
    report = await run(shop, write(tmp_path, *SHOP_FILE))

    assert counted(report) == {"created": 4, "image only": 1}
    assert (report.products[RowOutcome.CREATED], report.stocked_variants, report.refused) == (3, 3, [])
    pot, sofa, lamp = await listed(shop)
    assert pot == {
        "slug": "pot",
        "status": "ACTIVE",
        "version": 1,
        "category": {"slug": "garden", "name": "Garden"},
        "variants": [
            {"sku": "POT-S", "name": "Small", "price": {"amount": "9.99"}, "availability": {"onHand": 4}},
            {"sku": "POT-L", "name": "Large", "price": {"amount": "15.99"}, "availability": {"onHand": 0}},
        ],
    }
    assert lamp["variants"][0]["sku"] == "lamp"
    assert (sofa["slug"], sofa["status"]) == ("sofa", "ARCHIVED")


async def test_the_same_file_again_changes_nothing(shop: ShopGraph, tmp_path: Path):
    file = write(tmp_path, *SHOP_FILE)
    await run(shop, file)
    before = await listed(shop)
    events = await shop.published("catalog"), await shop.published("inventory")
    shop.requests.clear()

    report = await run(shop, file)

    assert counted(report) == {"unchanged": 4, "image only": 1}
    assert report.stocked_variants == 0
    assert await listed(shop) == before
    assert (await shop.published("catalog"), await shop.published("inventory")) == events
    assert "mutation GiveOpeningStock" not in shop.requests


async def test_a_changed_file_changes_what_it_changes_and_never_the_stock(shop: ShopGraph, tmp_path: Path):
    await run(shop, write(tmp_path, *SHOP_FILE))

    report = await run(
        shop, write(tmp_path, *SHOP_FILE[:3], SHOP_FILE[3].replace(",7,59,", ",99,65.50,"), SHOP_FILE[4])
    )

    assert counted(report) == {"updated": 1, "unchanged": 3, "image only": 1}
    lamp = (await listed(shop))[2]
    assert (lamp["version"], lamp["variants"][0]["price"]["amount"]) == (2, "65.50")
    assert lamp["variants"][0]["availability"] == {"onHand": 7}


async def test_an_import_stopped_before_the_stock_is_completed_by_the_next(shop: ShopGraph, tmp_path: Path):
    file = write(tmp_path, *SHOP_FILE)

    class Stopped(Exception):
        pass

    async def stop(_seconds: float) -> None:
        raise Stopped

    # inventory has not heard of the variants: the first import stops while it waits
    with pytest.raises(Stopped):
        await import_products(shop, read_product_file(file), pause=stop)
    report = await run(shop, file)

    assert counted(report) == {"unchanged": 4, "image only": 1}
    assert report.stocked_variants == 3
    assert (await listed(shop))[2]["variants"][0]["availability"] == {"onHand": 7}


async def test_every_row_ends_as_one_counted_outcome_whatever_is_wrong_with_it(shop: ShopGraph, tmp_path: Path):
    await run(shop, write(tmp_path, "taken,Taken,,,,,,SKU-1,0,1.00,,"))
    rows = [
        "pot,Pot,,,,Size,S,POT-S,1,9.99,,",
        "pot,,,,,,M,SKU-1,1,9.99,,",  # another product's SKU
        "pot,,,,,,L,POT-S,1,9.99,,",  # twice in this file
        "pot,,,,,,XL,POT-XL,1,9.999,,",  # more decimals than pence
        "pot,,,,,,XXL,POT-XXL,1,-2,,",
        "Bad Handle,Bad,,,,,,BAD,1,1.00,,",
        "cup,Cup,,,,,,CUP,x,1.00,,",
        "can,,,,,,,CAN,1,1.00,,",
        "jug,Jug,,,,,,JUG,1,abc,,",
        ",,,,,,,,,,,",
        "lamp,,,,,,,,,,,https://x.test/1.jpg",
        "mug,Mug,,,,,,MUG,2,3.00,,",
    ]
    file = write(tmp_path, *rows)

    report = await run(shop, file)

    assert counted(report) == {"created": 2, "refused": 8, "image only": 1, "empty": 1}
    assert report.rows.total() == len(rows) == read_product_file(file).row_count
    assert [(row.line, row.reason) for row in report.refused] == [
        (3, "SKU: another product has the SKU 'SKU-1'"),
        (4, "SKU: the SKU 'POT-S' stands here twice"),
        (5, "price: GBP has 2 decimals, got 9.999"),
        (6, "price: must not be negative"),
        (7, "handle: use lower-case letters, digits and dashes"),
        (8, "the quantity 'x' is not a whole number"),
        (9, "no row of this handle before it has a title"),
        (10, "price: 'abc' is not a decimal number"),
    ]
    assert [product["slug"] for product in await listed(shop)] == ["mug", "pot", "taken"]


async def test_prices_are_of_the_tenants_currency(provisioned_database: ProvisionedDatabase, tmp_path: Path):
    shop = ShopGraph.over(provisioned_database)
    await shop.create_tenant("JPY")

    report = await run(shop, write(tmp_path, "saw,Saw,,,,,,SAW,1,1980,,", "nail,Nail,,,,,,NAIL,1,9.99,,"))

    assert [(row.line, row.reason) for row in report.refused] == [(3, "price: JPY has 0 decimals, got 9.99")]
    assert (await listed(shop))[0]["variants"][0]["price"] == {"amount": "1980"}
    await shop.close()


async def test_more_than_one_batch_of_products_comes_in(shop: ShopGraph, tmp_path: Path):
    rows = [f"p-{number},Product {number},{'x' * 9000},,,,,S-{number},1,1.00,," for number in range(120)]

    report = await run(shop, write(tmp_path, *rows))

    assert counted(report) == {"created": 120}
    assert report.stocked_variants == 120
    # 400 kB of descriptions each
    assert shop.requests.count("mutation UpsertProducts") == 3


async def test_a_tenant_that_does_not_exist_gets_nothing(provisioned_database: ProvisionedDatabase, tmp_path: Path):
    shop = ShopGraph.over(provisioned_database)

    with pytest.raises(ApiError, match="there is no such tenant"):
        await run(shop, write(tmp_path, *SHOP_FILE))

    assert await listed(shop) == []
    await shop.close()


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["shopify-apparel.csv", "shopify-home-and-garden.csv"])
async def test_the_public_sample_files_come_in_whole_and_only_once(shop: ShopGraph, name: str):
    file = read_product_file(SHARED / name)

    first = await run(shop, SHARED / name)
    again = await run(shop, SHARED / name)

    assert (first.refused, first.rows[RowOutcome.CREATED] + file.image_only) == ([], file.row_count)
    assert again.rows[RowOutcome.UNCHANGED] == first.rows[RowOutcome.CREATED]
    assert again.stocked_variants == 0
