"""The sales file as lines: one physical line, one record, however broken."""

import csv
import hashlib
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from cli.errors import CommandError

COLUMNS: Final = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
_FIRST_RECORD: Final = 2
_INVOICE = re.compile(r"[A-Z]?[0-9]{1,12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_QUANTITY = re.compile(r"-?[0-9]{1,9}")
_PRICE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_CUSTOMER = re.compile(r"([0-9A-Za-z-]{1,32})(?:\.0)?")
_LONGEST_CODE: Final = 64
_LONGEST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class SalesLine:
    """One readable record; `number` is its line in the file (the header is line 1), times are taken as UTC."""

    number: int
    invoice: str
    stock_code: str
    description: str
    quantity: int
    invoiced_at: datetime
    unit_price: Decimal
    customer: str | None
    country: str


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """One record that cannot be read, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class SalesFile:
    """All records of a file; `digest` is the SHA-256 of the uncompressed text."""

    digest: str
    records: tuple[SalesLine | BrokenLine, ...]


class _Unreadable(Exception):
    """The record is broken; the message says where."""


def read_sales_file(path: Path) -> SalesFile:
    """Read a `.csv` or `.csv.xz` file.

    Raises:
        CommandError: the file is missing, not xz, or has other columns.
    """
    try:
        raw = path.read_bytes()
        text = lzma.decompress(raw) if path.suffix == ".xz" else raw
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except lzma.LZMAError as error:
        raise CommandError(f"{path} is not a complete xz file: {error}") from error
    return parse_sales(text)


def parse_sales(text: bytes) -> SalesFile:
    """The records of a whole file.

    Raises:
        CommandError: the first line does not name the expected columns.
    """
    header, *lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if header.rstrip(b"\r") != ",".join(COLUMNS).encode():
        raise CommandError(f"not a sales file: the first line must be {','.join(COLUMNS)}")
    if lines and not lines[-1]:
        lines.pop()
    return SalesFile(hashlib.sha256(text).hexdigest(), tuple(_records(lines)))


def _records(lines: list[bytes]) -> Iterator[SalesLine | BrokenLine]:
    for number, line in enumerate(lines, start=_FIRST_RECORD):
        try:
            yield _record(number, line)
        except _Unreadable as problem:
            yield BrokenLine(number, str(problem))


def _record(number: int, line: bytes) -> SalesLine:
    invoice, code, description, quantity, instant, price, customer, country = _fields(line.rstrip(b"\r"))
    return SalesLine(
        number=number,
        invoice=_matching(_INVOICE, invoice, "InvoiceNo"),
        stock_code=_text(code.strip(), _LONGEST_CODE, "StockCode") or _missing("StockCode"),
        description=_text(description.strip(), _LONGEST_TEXT, "Description"),
        quantity=int(_matching(_QUANTITY, quantity, "Quantity")),
        invoiced_at=_instant(instant),
        unit_price=_price(price),
        customer=_customer(customer),
        country=_text(country.strip(), _LONGEST_TEXT, "Country") or _missing("Country"),
    )


def _fields(line: bytes) -> list[str]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _Unreadable("not UTF-8") from None
    try:
        # one line at a time: an unclosed quote must not swallow the records after it
        fields = next(csv.reader([text], strict=True), list[str]()) if '"' in text else text.split(",")
    except csv.Error as error:
        raise _Unreadable(f"broken quoting: {error}") from None
    if len(fields) != len(COLUMNS):
        raise _Unreadable(f"{len(fields)} fields instead of {len(COLUMNS)}")
    return fields


def _missing(column: str) -> str:
    raise _Unreadable(f"{column} is empty")


def _matching(pattern: re.Pattern[str], value: str, column: str) -> str:
    if not pattern.fullmatch(value):
        raise _Unreadable(f"{column} {value[:32]!r} cannot be read")
    return value


def _text(value: str, longest: int, column: str) -> str:
    if len(value) > longest:
        raise _Unreadable(f"{column} is longer than {longest} characters")
    if "\x00" in value:
        raise _Unreadable(f"{column} contains a NUL character")
    return value


@lru_cache(maxsize=4096)
def _instant(value: str) -> datetime:
    try:
        return datetime.fromisoformat(_matching(_INSTANT, value, "InvoiceDate")).replace(tzinfo=UTC)
    except ValueError:
        raise _Unreadable(f"InvoiceDate {value!r} is not a date") from None


@lru_cache(maxsize=4096)
def _price(value: str) -> Decimal:
    return Decimal(_matching(_PRICE, value, "UnitPrice"))


def _customer(value: str) -> str | None:
    if not value:
        return None
    match = _CUSTOMER.fullmatch(value)
    if match is None:
        raise _Unreadable(f"CustomerID {value[:32]!r} cannot be read")
    return match.group(1)
