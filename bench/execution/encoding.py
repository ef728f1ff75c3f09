"""From rows to the bytes of an answer: dicts or structs, orjson or msgspec, pieces encoded before, 10 kB and 1 MB.

usage: python -m bench.execution.encoding [--seconds S] [--rounds R]
msgspec is measured where it is installed (`pip install msgspec`); the product does not need it.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from bench.execution.alternating import Way, compared
from kernel.process import tune_garbage_collection

try:
    import msgspec
except ModuleNotFoundError:
    msgspec = None

BASELINE = "dicts, orjson"


@dataclass(slots=True)
class Line:
    sku: str
    quantity: int
    price: float
    is_gift: bool


@dataclass(slots=True)
class Order:
    id: str
    number: str
    customer: str
    lines: list[Line]


@dataclass(slots=True)
class Event:
    id: UUID
    at: datetime
    name: str


def orders(count: int) -> list[Order]:
    lines = [[Line(f"LAMP-{n}-{k}", k + 1, 12.5 + n, k == 0) for k in range(3)] for n in range(count)]
    return [
        Order(f"T3JkZXI6MDE5Y2ZmZWItMWM1Mi03{n:05}", f"R-{n:06}", f"Customer number {n}", lines[n])
        for n in range(count)
    ]


def events(count: int) -> list[Event]:
    start = datetime(2026, 1, 1, 12, 30, 15, 123_456, tzinfo=UTC)
    return [Event(UUID(int=n << 80 | n), start + timedelta(seconds=n), f"event {n}") for n in range(count)]


def as_dicts(rows: Sequence[Order]) -> dict[str, object]:
    return {
        "data": {
            "orders": [
                {
                    "id": row.id,
                    "number": row.number,
                    "customer": row.customer,
                    "lines": [
                        {"sku": line.sku, "quantity": line.quantity, "price": line.price, "is_gift": line.is_gift}
                        for line in row.lines
                    ],
                }
                for row in rows
            ]
        }
    }


def fragments(rows: Sequence[Order]) -> dict[str, object]:
    """Every order encoded on its own, put together without looking inside."""
    encoded = [orjson.Fragment(orjson.dumps(order)) for order in as_dicts(rows)["data"]["orders"]]
    return {"data": {"orders": encoded}}


def by_msgspec(rows: Sequence[Order]) -> Mapping[str, Callable[[], bytes]]:
    if msgspec is None:
        return {}
    line = msgspec.defstruct("Line", [("sku", str), ("quantity", int), ("price", float), ("is_gift", bool)], gc=False)
    order = msgspec.defstruct("Order", [("id", str), ("number", str), ("customer", str), ("lines", list)], gc=False)
    encoder = msgspec.json.Encoder()

    def structs() -> dict[str, object]:
        made = [
            order(
                row.id,
                row.number,
                row.customer,
                [line(item.sku, item.quantity, item.price, item.is_gift) for item in row.lines],
            )
            for row in rows
        ]
        return {"data": {"orders": made}}

    ready = structs()
    dicts = as_dicts(rows)
    return {
        "structs, msgspec": lambda: encoder.encode(structs()),
        "dicts, msgspec": lambda: encoder.encode(as_dicts(rows)),
        "rows themselves, msgspec": lambda: encoder.encode({"data": {"orders": rows}}),
        "encoding alone: ready structs, msgspec": lambda: encoder.encode(ready),
        "encoding alone: ready dicts, msgspec": lambda: encoder.encode(dicts),
    }


def ways(rows: Sequence[Order]) -> dict[str, Callable[[], bytes]]:
    dicts, pieces = as_dicts(rows), fragments(rows)
    return {
        BASELINE: lambda: orjson.dumps(as_dicts(rows)),
        "dicts, json of the standard library": lambda: json.dumps(as_dicts(rows), separators=(",", ":")).encode(),
        "rows themselves, orjson": lambda: orjson.dumps({"data": {"orders": rows}}),
        "an orjson.Fragment per order": lambda: orjson.dumps(fragments(rows)),
        "encoding alone: ready dicts, orjson": lambda: orjson.dumps(dicts),
        "encoding alone: fragments from a cache, orjson": lambda: orjson.dumps(pieces),
        **by_msgspec(rows),
    }


def time_ways(rows: Sequence[Event]) -> dict[str, Callable[[], bytes]]:
    """Identifiers and times: made into text by us, or left to orjson."""
    return {
        "UUID and datetime as text made in Python": lambda: orjson.dumps(
            [{"id": str(row.id), "at": row.at.isoformat(), "name": row.name} for row in rows]
        ),
        "datetime as text made in Python": lambda: orjson.dumps(
            [{"id": row.id, "at": row.at.isoformat(), "name": row.name} for row in rows]
        ),
        "UUID and datetime left to orjson": lambda: orjson.dumps(
            [{"id": row.id, "at": row.at, "name": row.name} for row in rows]
        ),
    }


async def measured(title: str, candidates: Mapping[str, Callable[[], bytes]], timing: Mapping[str, float]) -> None:
    """Print one table; all candidates must give the same bytes."""
    answers = {name: candidate() for name, candidate in candidates.items()}
    first = next(iter(answers.values()))
    different = [name for name, answer in answers.items() if answer != first]
    if different:
        raise RuntimeError(f"other bytes: {different}")
    times = await compared({name: _way(candidate) for name, candidate in candidates.items()}, **timing)
    reference = next(iter(times.values()))
    print(f"\n{title}, {len(first):,} bytes")
    for name, time in times.items():
        print(f"{name:<52}{time:>11,.1f} µs{reference / time:>8.2f}x")


def _way(candidate: Callable[[], bytes]) -> Way:
    async def way() -> bytes:
        return candidate()

    return way


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.1, help="how long each way runs in each round")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    tune_garbage_collection()
    timing = {"rounds": arguments.rounds, "seconds": arguments.seconds}
    await measured("small answer: 34 orders", ways(orders(34)), timing)
    await measured("large answer: 3,300 orders", ways(orders(3_300)), timing)
    await measured("100 events with identifiers and times", time_ways(events(100)), timing)


if __name__ == "__main__":
    asyncio.run(main())
