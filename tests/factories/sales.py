"""Lines of a sales file as short calls."""

from datetime import datetime
from pathlib import Path

from cli.sales.invoices import SalesBook, sort_out
from cli.sales.source import COLUMNS, parse_sales

MINIATURE = Path(__file__).parents[1] / "acceptance" / "sales" / "miniature.csv"


def row(
    invoice: str,
    code: str,
    quantity: int | str,
    price: str,
    *,
    customer: str | None = "20001",
    country: str = "United Kingdom",
    at: str = "2010-12-01 09:00:00",
    description: str = "",
) -> str:
    """One record as the file writes it."""
    head = f"{customer}.0" if customer else ""
    return f"{invoice},{code},{description},{quantity},{at},{price},{head},{country}"


def sales_text(*rows: str) -> bytes:
    """A whole file."""
    return "\n".join([",".join(COLUMNS), *rows, ""]).encode()


def book_of(*rows: str) -> SalesBook:
    """A whole file, sorted out."""
    return sort_out(parse_sales(sales_text(*rows)))


def moment(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(f"{text}+00:00")
