"""A Shopify product file as products: rows of one handle belong together, options make variants.

The format: https://help.shopify.com/en/manual/products/import-export/using-csv
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

_NEEDED: Final = ("Handle", "Title", "Variant Price")
_LONGEST_FIELD: Final = 1_000_000
_OPTIONS: Final = (1, 2, 3)
_LONGEST_SKU: Final = 64
_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
_ARCHIVED: Final = frozenset({"draft", "archived"})


class RowOutcome(StrEnum):
    """What became of a row of the file; each row ends as exactly one."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    IMAGE_ONLY = "image only"
    EMPTY = "empty"
    REFUSED = "refused"


class UnreadableFile(Exception):
    """Not a product file at all; the message is one line."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that did not come in, and why. `line` is that of the row's first character in the file."""

    line: int
    handle: str
    reason: str


@dataclass(frozen=True, slots=True)
class CsvVariant:
    """One variant row. `price` is text as written; `quantity` is the opening stock, 0 for none."""

    line: int
    sku: str
    price: str
    options: tuple[tuple[str, str], ...]
    barcode: str
    quantity: int


@dataclass(frozen=True, slots=True)
class CsvProduct:
    """The rows of one handle. `is_active` is None when the file does not say."""

    handle: str
    title: str
    description: str
    kind: str
    is_active: bool | None
    variants: tuple[CsvVariant, ...]


@dataclass(frozen=True, slots=True)
class ProductFile:
    """What stands in a file: products, refused rows, and the rows that say nothing to the catalogue."""

    products: tuple[CsvProduct, ...]
    refused: tuple[RefusedRow, ...]
    image_only: int
    empty: int

    @property
    def row_count(self) -> int:
        """All rows below the header."""
        in_products = sum(len(product.variants) for product in self.products)
        return in_products + len(self.refused) + self.image_only + self.empty


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def is_empty(self) -> bool:
        return not any(cell.strip() for cell in self.cells.values())

    @property
    def is_image_only(self) -> bool:
        says_variant = self["Variant SKU"] or self["Variant Price"] or any(self[f"Option{n} Value"] for n in _OPTIONS)
        return not says_variant and not self["Title"] and bool(self["Image Src"])


class _BadRow(Exception):
    pass


@dataclass(slots=True)
class _Reading:
    groups: dict[str, list[_Row]] = field(default_factory=dict[str, list[_Row]])
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])
    image_only: int = 0
    empty: int = 0

    def refuse(self, row: _Row, reason: str) -> None:
        self.refused.append(RefusedRow(row.line, row["Handle"], reason))


def read_product_file(path: Path) -> ProductFile:
    """Read and sort out a whole file. Broken rows are refused one by one.

    Raises:
        UnreadableFile: no such file, not UTF-8 text, not CSV, or not with a product file's columns.
    """
    reading = _Reading()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in _rows(file, reading):
                _sort_in(row, reading)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not UTF-8 text (byte {error.start})") from error
    products = [_product(rows, reading) for rows in reading.groups.values()]
    return ProductFile(
        products=tuple(product for product in products if product is not None),
        refused=tuple(sorted(reading.refused, key=lambda row: row.line)),
        image_only=reading.image_only,
        empty=reading.empty,
    )


def _rows(file: Iterator[str], reading: _Reading) -> Iterator[_Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip() for name in next(reader, list[str]())]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            raise UnreadableFile(f"this is not a product file: it has no column {', '.join(missing)}")
        line = reader.line_num + 1
        for cells in reader:
            row = _Row(line, dict(zip(header, cells, strict=False)))
            line = reader.line_num + 1
            if cells and len(cells) != len(header):
                reading.refuse(row, f"has {len(cells)} columns, the header has {len(header)}")
                continue
            yield row
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num}: {error}") from error


def _sort_in(row: _Row, reading: _Reading) -> None:
    if row.is_empty:
        reading.empty += 1
    elif not row["Handle"]:
        reading.refuse(row, "has no handle")
    elif row.is_image_only:
        reading.image_only += 1
    else:
        reading.groups.setdefault(row["Handle"], []).append(row)


def _product(rows: list[_Row], reading: _Reading) -> CsvProduct | None:
    first = rows[0]
    if not first["Title"]:
        for row in rows:
            reading.refuse(row, "no row of this handle before it has a title")
        return None
    names = tuple(first[f"Option{number} Name"] for number in _OPTIONS)
    variants: list[CsvVariant] = []
    for row in rows:
        try:
            variants.append(_variant(row, names))
        except _BadRow as error:
            reading.refuse(row, str(error))
    if not variants:
        return None
    return CsvProduct(
        handle=first["Handle"],
        title=first["Title"],
        description=first["Body (HTML)"],
        kind=first["Type"],
        is_active=_is_active(first),
        variants=tuple(variants),
    )


def _variant(row: _Row, names: tuple[str, ...]) -> CsvVariant:
    if not row["Variant Price"]:
        raise _BadRow("has no price")
    options = _options(row, names)
    given = row["Variant SKU"].removeprefix("'")
    return CsvVariant(
        line=row.line,
        sku=given or generated_sku(row["Handle"], [value for _, value in options]),
        price=row["Variant Price"],
        options=options,
        barcode=row["Variant Barcode"].removeprefix("'"),
        quantity=_quantity(row["Variant Inventory Qty"]),
    )


def _options(row: _Row, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = [(name or f"Option {n}", row[f"Option{n} Value"]) for n, name in zip(_OPTIONS, names, strict=True)]
    given = tuple((name, value) for name, value in found if value)
    # how the format says "this product has no options"
    return () if given == (("Title", "Default Title"),) else given


def _quantity(text: str) -> int:
    try:
        return max(int(text or "0"), 0)
    except ValueError:
        raise _BadRow(f"the quantity {text[:32]!r} is not a whole number") from None


def _is_active(row: _Row) -> bool | None:
    if row["Status"]:
        return row["Status"].lower() not in _ARCHIVED
    return row["Published"].lower() == "true" if row["Published"] else None


def generated_sku(handle: str, values: Sequence[str]) -> str:
    """The SKU of a variant that has none: handle and option values, the same in every run.

    Signs that a SKU does not keep are told apart by a digest, and so is what does not fit.
    """
    written = [handle, *values]
    plain = [_OTHER_SIGNS.sub("-", part.lower()).strip("-") for part in written]
    sku = ".".join(part for part in plain if part)
    is_faithful = all(short == part.lower().replace(" ", "-") for short, part in zip(plain, written, strict=True))
    if is_faithful and len(sku) <= _LONGEST_SKU:
        return sku
    digest = hashlib.sha256("\n".join(written).encode()).hexdigest()[:8]
    return f"{sku[: _LONGEST_SKU - len(digest) - 1]}-{digest}".lstrip("-")
