"""The provider's truth: tokens, charges, refunds and webhook messages in a SQLite file of its own.

Every method is one SQLite transaction: the effect, its idempotency key and its webhook message are stored together.
Calls block for microseconds; one connection serves one process.
"""

import hashlib
import json
import secrets
import sqlite3
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from subgraphs.payments.adapters.sandbox_server.cards import FIXED_TOKENS, Behaviour, Card

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS token (id TEXT PRIMARY KEY, behaviour TEXT, last4 TEXT, brand TEXT);
    CREATE TABLE IF NOT EXISTS charge (
        id TEXT PRIMARY KEY, key TEXT UNIQUE, request_hash TEXT, amount_minor INTEGER, currency TEXT,
        order_id TEXT, status TEXT, failure_code TEXT, last4 TEXT, brand TEXT, metadata TEXT,
        created_at REAL, known_at REAL);
    CREATE TABLE IF NOT EXISTS refund (
        id TEXT PRIMARY KEY, key TEXT UNIQUE, request_hash TEXT, charge_id TEXT, amount_minor INTEGER,
        currency TEXT, metadata TEXT, created_at REAL);
    CREATE TABLE IF NOT EXISTS message (
        id TEXT PRIMARY KEY, body TEXT, attempts INTEGER, next_at REAL, delivered_at REAL);
    CREATE INDEX IF NOT EXISTS message_due ON message (next_at) WHERE delivered_at IS NULL;
    CREATE INDEX IF NOT EXISTS refund_of_charge ON refund (charge_id);
"""


class KeyReused(Exception):
    """The key came with another request."""


class Refused(Exception):
    """The request cannot be done; `args[0]` is the code."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A charge or refund somebody asked for."""

    key: str
    amount_minor: int
    currency: str
    metadata: Mapping[str, str]
    order_id: str | None = None

    def fingerprint(self, *more: str) -> str:
        """Equal for equal requests."""
        return hashlib.sha256(json.dumps([asdict(self), *more], sort_keys=True).encode()).hexdigest()


class Books:
    """Opened at start, closed at the end."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def add_token(self, card: Card) -> str:
        """A token for the card."""
        token = f"tok_{secrets.token_hex(12)}"
        with self._transaction() as write:
            write.execute("INSERT INTO token VALUES (?, ?, ?, ?)", (token, card.behaviour, card.last4, card.brand))
        return token

    def card_of(self, token: str) -> Card | None:
        """The card a token stands for."""
        if token in FIXED_TOKENS:
            return FIXED_TOKENS[token]
        row = self._connection.execute("SELECT * FROM token WHERE id = ?", (token,)).fetchone()
        return Card(Behaviour(row["behaviour"]), row["last4"], row["brand"]) if row is not None else None

    def add_charge(self, wanted: Wanted, card: Card, *, now: float, known_at: float) -> dict[str, object]:
        """Charge once per key. Before `known_at` nobody can find it: it is still on its way.

        Raises:
            KeyReused: the key came with another request.
        """
        fingerprint = wanted.fingerprint(card.behaviour, card.last4)
        with self._transaction() as write:
            known = write.execute("SELECT * FROM charge WHERE key = ?", (wanted.key,)).fetchone()
            if known is not None:
                if known["request_hash"] != fingerprint:
                    raise KeyReused
                return _charge(known)
            failure = card.behaviour.failure_code
            row = {
                "id": f"ch_{uuid.uuid4().hex}",
                "key": wanted.key,
                "request_hash": fingerprint,
                "amount_minor": wanted.amount_minor,
                "currency": wanted.currency,
                "order_id": wanted.order_id,
                "status": "declined" if failure else "captured",
                "failure_code": failure,
                "last4": card.last4,
                "brand": card.brand,
                "metadata": json.dumps(dict(wanted.metadata)),
                "created_at": now,
                "known_at": known_at,
            }
            _insert(write, "charge", row)
            charge = _charge(row)
            _announce(write, {"type": f"charge.{row['status']}", "charge": charge}, at=known_at)
        return charge

    def charges(self, *, now: float, key: str | None, after: str, limit: int) -> list[dict[str, object]]:
        """Charges in the order of their ids, those on their way left out."""
        rows = self._connection.execute(
            "SELECT charge.*, (SELECT sum(amount_minor) FROM refund WHERE charge_id = charge.id) AS refunded_minor "
            "FROM charge WHERE known_at <= ? AND id > ? AND (? IS NULL OR key = ?) ORDER BY id LIMIT ?",
            (now, after, key, key, limit),
        )
        return [{**_charge(row), "refundedMinor": row["refunded_minor"] or 0} for row in rows]

    def add_refund(self, wanted: Wanted, charge_id: str | None, *, now: float) -> dict[str, object]:
        """Give back once per key: of a charge, or without one as a credit.

        Raises:
            KeyReused: the key came with another request.
            Refused: NO_SUCH_CHARGE, CURRENCY_DIFFERS or REFUND_EXCEEDS_CHARGE.
        """
        fingerprint = wanted.fingerprint(charge_id or "")
        with self._transaction() as write:
            known = write.execute("SELECT * FROM refund WHERE key = ?", (wanted.key,)).fetchone()
            if known is not None:
                if known["request_hash"] != fingerprint:
                    raise KeyReused
                return _refund(known)
            if charge_id is not None:
                _check_refundable(write, charge_id, wanted, now)
            row = {
                "id": f"{'re' if charge_id else 'cr'}_{uuid.uuid4().hex}",
                "key": wanted.key,
                "request_hash": fingerprint,
                "charge_id": charge_id,
                "amount_minor": wanted.amount_minor,
                "currency": wanted.currency,
                "metadata": json.dumps(dict(wanted.metadata)),
                "created_at": now,
            }
            _insert(write, "refund", row)
            refund = _refund(row)
            _announce(write, {"type": "refund.completed", "refund": refund}, at=now)
        return refund

    def due_messages(self, *, now: float, limit: int) -> list[tuple[str, str, int]]:
        """Webhook messages to send: id, body, attempts so far."""
        rows = self._connection.execute(
            "SELECT id, body, attempts FROM message WHERE delivered_at IS NULL AND next_at <= ? "
            "ORDER BY next_at LIMIT ?",
            (now, limit),
        )
        return [(row["id"], row["body"], row["attempts"]) for row in rows]

    def next_message_at(self) -> float | None:
        """When the next message is due; None when there is none."""
        query = "SELECT min(next_at) AS next_at FROM message WHERE delivered_at IS NULL AND next_at IS NOT NULL"
        return self._connection.execute(query).fetchone()["next_at"]

    def mark_delivered(self, message_id: str, *, now: float) -> None:
        """The receiver has it."""
        with self._transaction() as write:
            write.execute("UPDATE message SET delivered_at = ? WHERE id = ?", (now, message_id))

    def postpone(self, message_id: str, *, next_at: float | None) -> None:
        """The receiver did not take it; None stops trying."""
        with self._transaction() as write:
            write.execute("UPDATE message SET attempts = attempts + 1, next_at = ? WHERE id = ?", (next_at, message_id))

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _check_refundable(write: sqlite3.Connection, charge_id: str, wanted: Wanted, now: float) -> None:
    query = "SELECT * FROM charge WHERE id = ? AND status = 'captured' AND known_at <= ?"
    charge = write.execute(query, (charge_id, now)).fetchone()
    if charge is None:
        raise Refused("NO_SUCH_CHARGE")
    if charge["currency"] != wanted.currency:
        raise Refused("CURRENCY_DIFFERS")
    total = "SELECT coalesce(sum(amount_minor), 0) AS total FROM refund WHERE charge_id = ?"
    refunded = write.execute(total, (charge_id,)).fetchone()["total"]
    if refunded + wanted.amount_minor > charge["amount_minor"]:
        raise Refused("REFUND_EXCEEDS_CHARGE")


def _insert(write: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    write.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - own names


def _announce(write: sqlite3.Connection, message: Mapping[str, object], *, at: float) -> None:
    message_id = str(uuid.uuid4())
    body = json.dumps({"id": message_id, **message})
    write.execute("INSERT INTO message VALUES (?, ?, 0, ?, NULL)", (message_id, body, at))


def _charge(row: Mapping[str, object] | sqlite3.Row) -> dict[str, object]:
    return {
        "id": row["id"],
        "key": row["key"],
        "status": row["status"],
        "failureCode": row["failure_code"],
        "orderId": row["order_id"],
        "amountMinor": row["amount_minor"],
        "currency": row["currency"],
        "card": {"brand": row["brand"], "last4": row["last4"]},
        "metadata": json.loads(str(row["metadata"])),
    }


def _refund(row: Mapping[str, object] | sqlite3.Row) -> dict[str, object]:
    return {
        "id": row["id"],
        "key": row["key"],
        "chargeId": row["charge_id"],
        "amountMinor": row["amount_minor"],
        "currency": row["currency"],
        "metadata": json.loads(str(row["metadata"])),
    }
