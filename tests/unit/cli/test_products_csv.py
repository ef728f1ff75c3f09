from pathlib import Path

import pytest

from cli.imports.product_rows import CsvVariant, ProductFile, UnreadableFile, generated_sku, read_product_file

HEADER = (
    "Handle,Title,Body (HTML),Type,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant SKU,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def read(file: Path, *rows: str, header: str = HEADER) -> ProductFile:
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return read_product_file(file)


def reasons(products: ProductFile) -> list[tuple[int, str, str]]:
    return [(row.line, row.handle, row.reason) for row in products.refused]


def test_rows_of_one_handle_are_one_product_with_a_variant_each(file: Path):
    products = read(
        file,
        "pot,Clay Pot,<p>Clay.</p>,Outdoor,true,Size,Small,,,POT-S,1,9.99,'400638,",
        "pot,,,,,,Large,,,'POT-L,3,15.99,,",
    )

    [pot] = products.products
    assert (pot.handle, pot.title, pot.description, pot.kind, pot.is_active) == (
        "pot", "Clay Pot", "<p>Clay.</p>", "Outdoor", True,
    )  # fmt: skip
    assert pot.variants == (
        CsvVariant(2, "POT-S", "9.99", (("Size", "Small"),), "400638", 1),
        CsvVariant(3, "POT-L", "15.99", (("Size", "Large"),), "", 3),
    )
    assert (products.refused, products.row_count) == ((), 2)


def test_rows_of_a_handle_belong_together_wherever_they_stand(file: Path):
    products = read(
        file,
        "pot,Clay Pot,,,,Size,Small,,,A,,1,,",
        "can,Can,,,,,,,,C,,2,,",
        "pot,,,,,,Large,,,B,,3,,",
    )

    assert [(product.handle, [variant.sku for variant in product.variants]) for product in products.products] == [
        ("pot", ["A", "B"]),
        ("can", ["C"]),
    ]


def test_a_product_without_options_says_so_with_the_default_title(file: Path):
    products = read(file, "lamp,Lamp,,,true,Title,Default Title,,,,2,59.99,,https://x.test/1.jpg")

    [variant] = products.products[0].variants
    assert (variant.options, variant.sku, variant.quantity) == ((), "lamp", 2)


def test_image_rows_and_empty_rows_are_counted_and_left_out(file: Path):
    products = read(
        file,
        "lamp,Lamp,,,,,,,,L,,1,,https://x.test/1.jpg",
        "lamp,,,,,,,,,,,,,https://x.test/2.jpg",
        ",,,,,,,,,,,,,",
        "",
    )

    assert (products.image_only, products.empty, products.refused) == (1, 2, ())
    assert products.row_count == 4


@pytest.mark.parametrize(
    ("row", "handle", "reason"),
    [
        (",Lamp,,,,,,,,L,,1,,", "", "has no handle"),
        ("lamp,Lamp,,,,,,,,L,,,,", "lamp", "has no price"),
        ("lamp,Lamp,,,,,,,,L,many,1,,", "lamp", "the quantity 'many' is not a whole number"),
        ("lamp,Lamp,,,,,,,,L,1.5,1,,", "lamp", "the quantity '1.5' is not a whole number"),
        ("lamp,,,,,,,,,L,,1,,", "lamp", "no row of this handle before it has a title"),
        ("lamp,Lamp", "lamp", "has 2 columns, the header has 14"),
        ("lamp,Lamp,,,,,,,,L,,1,,,,surplus", "lamp", "has 16 columns, the header has 14"),
    ],
)
def test_a_broken_row_is_refused_with_its_line_and_the_others_come_in(file: Path, row: str, handle: str, reason: str):
    products = read(file, 'pot,"A pot,', 'over two lines",,,,,,,,P,,1,,', row)

    assert reasons(products) == [(4, handle, reason)]
    assert [product.handle for product in products.products] == ["pot"]
    assert products.row_count == 2


def test_a_broken_variant_leaves_its_sisters(file: Path):
    products = read(file, "pot,Pot,,,,Size,S,,,A,,1,,", "pot,,,,,,M,,,B,,,,", "pot,,,,,,L,,,C,,3,,")

    assert reasons(products) == [(3, "pot", "has no price")]
    assert [variant.sku for variant in products.products[0].variants] == ["A", "C"]


@pytest.mark.parametrize(
    ("published", "status", "is_active"),
    [("true", "", True), ("false", "", False), ("", "", None), ("true", "draft", False), ("false", "active", True)],
)
def test_the_status_column_says_more_than_published(file: Path, published: str, status: str, *, is_active: bool | None):
    products = read(file, f"lamp,Lamp,,,{published},,,,,L,,1,,,{status}", header=f"{HEADER},Status")

    assert products.products[0].is_active is is_active


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column Handle, Title, Variant Price"),
        (b"Name,Price\nLamp,1\n", "no column Handle, Title, Variant Price"),
        (b"Handle,Title\nlamp,Lamp\n", "no column Variant Price"),
        (b"\xff\xfeH\x00a\x00", "is not UTF-8 text"),
        (b'Handle,Title,Variant Price\nlamp,"Lamp,1\n', "line 2: unexpected end of data"),
    ],
)
def test_what_is_no_product_file_is_said_in_one_line(file: Path, content: bytes, message: str):
    file.write_bytes(content)

    with pytest.raises(UnreadableFile) as refused:
        read_product_file(file)

    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_said_in_one_line(tmp_path: Path):
    with pytest.raises(UnreadableFile, match=r"nowhere\.csv: No such file or directory"):
        read_product_file(tmp_path / "nowhere.csv")


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(file: Path):
    file.write_bytes(f"\ufeff{HEADER}\r\nlamp,Lamp,,,,,,,,L,,1,,\r\n".encode())

    assert [product.title for product in read_product_file(file).products] == ["Lamp"]


@pytest.mark.parametrize(
    ("handle", "values", "sku"),
    [
        ("lamp", [], "lamp"),
        ("clay-pot", ["Large"], "clay-pot.large"),
        ("top", ["Light Blue", "S"], "top.light-blue.s"),
        ("top", ["S/M"], "top.s-m-50c5d90d"),
        ("a", ["b-c"], "a.b-c"),
        ("a-b", ["c"], "a-b.c"),
        ("x" * 70, [], f"{'x' * 55}-c71bd109"),
    ],
)
def test_a_missing_sku_is_made_of_handle_and_options(handle: str, values: list[str], sku: str):
    assert generated_sku(handle, values) == sku


def test_values_that_differ_only_in_signs_get_different_skus():
    assert len({generated_sku("top", [value]) for value in ("S/M", "S M", "S+M", "電気", "水")}) == 5
