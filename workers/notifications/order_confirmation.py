"""The confirmation of an order: what is asked of the graph, and the mail it becomes."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final, cast
from uuid import UUID

from kernel.subgraph import JsonObject
from workers.notifications.errors import UnusableAddress

ORDER_QUERY: Final = """query OrderToConfirm($id: ID!) {
  order(id: $id) {
    number email placedAt createdAt total { amount currencyCode }
    lines(first: 100) { totalCount nodes { title sku quantity total { amount } } }
  }
}"""
SHOP_QUERY: Final = "query ShopName { tenant { name } }"


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """One line as it was sold; `amount` is decimal text."""

    title: str
    sku: str
    quantity: int
    amount: str


@dataclass(frozen=True, slots=True)
class ConfirmedOrder:
    """What the mail tells. `email` is personal data: it goes into the mail and nowhere else."""

    number: str
    email: str | None
    placed_at: datetime
    created_at: datetime
    amount: str
    currency: str
    lines: tuple[ConfirmedLine, ...]
    line_count: int

    @classmethod
    def of(cls, order: JsonObject) -> "ConfirmedOrder":
        """From the answer to `ORDER_QUERY`."""
        total = cast("dict[str, str]", order["total"])
        lines = cast("JsonObject", order["lines"])
        nodes = cast("list[JsonObject]", lines["nodes"])
        return cls(
            number=str(order["number"]),
            email=cast("str | None", order["email"]) or None,
            placed_at=datetime.fromisoformat(str(order["placedAt"])),
            created_at=datetime.fromisoformat(str(order["createdAt"])),
            amount=total["amount"],
            currency=total["currencyCode"],
            lines=tuple(_line(node) for node in nodes),
            line_count=int(cast("int", lines["totalCount"])),
        )

    @property
    def more_lines(self) -> int:
        """How many lines the mail does not list."""
        return self.line_count - len(self.lines)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose mail it is: the shop's name and the sender's address."""

    shop: str
    sender: str


def write_confirmation(order: ConfirmedOrder, letterhead: Letterhead, event_id: UUID) -> EmailMessage:
    """The mail, plain and HTML. The same event gives the same Message-ID, so that a mailbox can drop a repetition.

    Raises:
        UnusableAddress: the order has no address that can stand in a mail.
    """
    shop = " ".join(letterhead.shop.split())
    message = EmailMessage()
    message["Message-ID"] = f"<{event_id.hex}@{letterhead.sender.rpartition('@')[2]}>"
    message["Date"] = format_datetime(order.created_at)
    message["Subject"] = f"Your order {order.number} is confirmed"
    message["From"] = Address(shop, addr_spec=letterhead.sender)
    message["To"] = _address(order.email or "")
    # RFC 3834: asks holiday replies to stay away
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(order, shop))
    message.add_alternative(_html(order, shop), subtype="html")
    return message


def _line(node: JsonObject) -> ConfirmedLine:
    total = cast("dict[str, str]", node["total"])
    return ConfirmedLine(str(node["title"]), str(node["sku"]), int(cast("int", node["quantity"])), total["amount"])


def _address(email: str) -> Address:
    try:
        return Address(addr_spec=email)
    except (ValueError, IndexError) as error:
        raise UnusableAddress from error


def _plain(order: ConfirmedOrder, shop: str) -> str:
    rows = [f"{line.quantity} x {line.title} ({line.sku}): {line.amount} {order.currency}" for line in order.lines]
    more = [f"… and {order.more_lines} more lines"] if order.more_lines else []
    return "\n".join(
        [
            "Thank you for your order.",
            "",
            f"Order {order.number}, placed on {_day(order.placed_at)}, is confirmed: it is paid for, and the goods are",
            "set aside for you.",
            "",
            *rows,
            *more,
            "",
            f"Total: {order.amount} {order.currency}",
            "",
            f"Keep the order number {order.number} at hand if you write to us about it.",
            "",
            shop,
            "",
        ]
    )


def _html(order: ConfirmedOrder, shop: str) -> str:
    rows = "".join(_row(line, order.currency) for line in order.lines)
    more = (
        f'<tr><td colspan="3" style="padding:8px 0;color:#666">… and {order.more_lines} more lines</td></tr>'
        if order.more_lines
        else ""
    )
    return f"""\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Order {escape(order.number)}</title></head>
<body style="margin:0;background:#f5f5f3;font-family:Helvetica,Arial,sans-serif;color:#1d1d1b">
<div style="max-width:560px;margin:0 auto;padding:32px 24px;background:#fff">
<p style="margin:0 0 24px;font-size:14px;letter-spacing:.04em;color:#666">{escape(shop)}</p>
<h1 style="margin:0 0 16px;font-size:22px;font-weight:600">Thank you for your order.</h1>
<p style="margin:0 0 24px;line-height:1.5">Order <strong>{escape(order.number)}</strong>, placed on
{_day(order.placed_at)}, is confirmed: it is paid for, and the goods are set aside for you.</p>
<table role="presentation" style="width:100%;border-collapse:collapse;font-size:15px">
{rows}{more}
<tr><td colspan="2" style="padding:12px 0;font-weight:600">Total</td>
<td style="padding:12px 0;text-align:right;font-weight:600;white-space:nowrap">
{escape(order.amount)} {escape(order.currency)}</td></tr>
</table>
<p style="margin:24px 0 0;font-size:13px;line-height:1.5;color:#666">Keep the order number at hand if you write to us
about it.</p>
</div>
</body>
</html>
"""


def _row(line: ConfirmedLine, currency: str) -> str:
    cell = "padding:8px 0;border-bottom:1px solid #e5e5e2"
    return (
        f'<tr><td style="{cell};width:3em">{line.quantity} &times;</td>'
        f'<td style="{cell}">{escape(line.title)}<br><span style="font-size:12px;color:#666">{escape(line.sku)}</span>'
        f'</td><td style="{cell};text-align:right;white-space:nowrap">{escape(line.amount)} {escape(currency)}</td>'
        "</tr>\n"
    )


def _day(instant: datetime) -> str:
    return f"{instant.day} {instant:%B %Y}"
