"""Reading a sales file: one physical line, one record."""

import lzma
from decimal import Decimal

import pytest

from cli.errors import CommandError
from cli.sales.source import BrokenLine, SalesLine, parse_sales, read_sales_file
from tests.factories.sales import moment, row, sales_text


def test_a_record_is_read_with_its_line_number():
    file = parse_sales(sales_text(row("536365", "85123A", 6, "2.55", description='"A ""B"", C"')))

    assert file.records == (
        SalesLine(
            number=2,
            invoice="536365",
            stock_code="85123A",
            description='A "B", C',
            quantity=6,
            invoiced_at=moment("2010-12-01T09:00:00"),
            unit_price=Decimal("2.55"),
            customer="20001",
            country="United Kingdom",
        ),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,2,3", "3 fields instead of 8"),
        ("", "1 fields instead of 8"),
        (row("536365", '"85123A', 1, "1.0"), "broken quoting: unexpected end of data"),
        (row("", "85123A", 1, "1.0"), "InvoiceNo '' cannot be read"),
        (row("536365", "", 1, "1.0"), "StockCode is empty"),
        (row("536365", "X" * 65, 1, "1.0"), "StockCode is longer than 64 characters"),
        (row("536365", "A\x00", 1, "1.0"), "StockCode contains a NUL character"),
        (row("536365", "85123A", "two", "1.0"), "Quantity 'two' cannot be read"),
        (row("536365", "85123A", "1.5", "1.0"), "Quantity '1.5' cannot be read"),
        (row("536365", "85123A", 1, "NaN"), "UnitPrice 'NaN' cannot be read"),
        (row("536365", "85123A", 1, "1e3"), "UnitPrice '1e3' cannot be read"),
        (
            row("536365", "85123A", 1, "1.0", at="2010-13-01 09:00:00"),
            "InvoiceDate '2010-13-01 09:00:00' is not a date",
        ),
        (row("536365", "85123A", 1, "1.0", at="yesterday"), "InvoiceDate 'yesterday' cannot be read"),
        (row("536365", "85123A", 1, "1.0", country=""), "Country is empty"),
        (row("536365", "85123A", 1, "1.0", customer="1;2"), "CustomerID '1;2.0' cannot be read"),
    ],
)
def test_a_broken_row_says_why_and_costs_only_itself(line, reason):
    sound = row("536366", "85123A", 1, "1.0")

    broken, next_record = parse_sales(sales_text(line, sound)).records

    assert broken == BrokenLine(2, reason)
    assert next_record.number == 3


def test_text_that_is_not_utf_8_is_a_broken_row():
    text = sales_text(row("536365", "85123A", 1, "1.0")) + b"536366,\xff,,1,2010-12-01 09:00:00,1.0,,EIRE\n"

    assert parse_sales(text).records[1] == BrokenLine(3, "not UTF-8")


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing():
    plain = sales_text(row("536365", "85123A", 1, "1.0"), row("536366", "85123A", 1, "1.0"))

    dressed = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")

    assert parse_sales(dressed).records == parse_sales(plain).records


def test_other_columns_are_refused():
    with pytest.raises(CommandError, match="the first line must be InvoiceNo,StockCode"):
        parse_sales(b"Handle,Title\n")


def test_the_digest_is_of_the_uncompressed_text(tmp_path):
    text = sales_text(row("536365", "85123A", 1, "1.0"))
    (tmp_path / "plain.csv").write_bytes(text)
    (tmp_path / "packed.csv.xz").write_bytes(lzma.compress(text))

    assert read_sales_file(tmp_path / "plain.csv") == read_sales_file(tmp_path / "packed.csv.xz")


def test_a_missing_or_torn_file_is_one_clear_line(tmp_path):
    (tmp_path / "torn.csv.xz").write_bytes(lzma.compress(sales_text(row("536365", "85123A", 1, "1.0")))[:-20])

    with pytest.raises(CommandError, match=r"cannot read .*absent\.csv: No such file"):
        read_sales_file(tmp_path / "absent.csv")
    with pytest.raises(CommandError, match="is not a complete xz file"):
        read_sales_file(tmp_path / "torn.csv.xz")
