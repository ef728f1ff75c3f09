"""Gives new variants the quantity their file states: as an opening balance, once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from cli.api_client import ApiError
from cli.imports import product_documents as documents
from cli.imports.graph_api import GraphApi
from cli.sales.answers import node, nodes, text
from kernel.subgraph import JsonObject, JsonValue

_MOST_LINES: Final = 250
_UNKNOWN_VARIANT: Final = "UNKNOWN_VARIANT"
_TRIES: Final = 60
_PAUSE_SECONDS: Final = 0.5
DEFAULT_LOCATION: Final[JsonObject] = {"code": "MAIN", "name": "Main warehouse", "kind": "WAREHOUSE"}

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """How many pieces of a variant are there to begin with, and where."""

    variant_id: str
    location_id: str
    quantity: int


async def default_location(api: GraphApi, locations: Sequence[JsonObject]) -> str:
    """The first warehouse, or else the first location; a tenant that has none gets a main warehouse."""
    warehouses = [location for location in locations if location.get("kind") == "WAREHOUSE"]
    for location in (*warehouses, *locations):
        return text(location, "id")
    data = await api.execute(documents.CREATE_LOCATION, {"input": DEFAULT_LOCATION})
    payload = node(data, "stockLocationCreate")
    raise_refusal(payload)
    return text(node(payload, "location"), "id")


async def give_opening_stock(
    api: GraphApi, stock: Sequence[OpeningStock], reference: str, *, pause: Pause = asyncio.sleep
) -> None:
    """Enter the quantities, all of a call or none.

    The key is made from the lines: a call that was answered with silence can be repeated.

    Raises:
        ApiError: inventory refuses, or does not hear of the variants within half a minute.
    """
    for start in range(0, len(stock), _MOST_LINES):
        lines: list[JsonValue] = [
            {"variantId": item.variant_id, "locationId": item.location_id, "delta": item.quantity}
            for item in stock[start : start + _MOST_LINES]
        ]
        given: JsonObject = {"reason": "OPENING_BALANCE", "reference": reference, "lines": lines}
        digest = hashlib.sha256(orjson.dumps(given)).hexdigest()[:40]
        await _adjust(api, {"input": given, "key": f"opening-{digest}"}, pause)


async def _adjust(api: GraphApi, variables: JsonObject, pause: Pause) -> None:
    for _ in range(_TRIES):
        payload = node(await api.execute(documents.ADJUST, variables), "inventoryAdjust")
        # inventory hears of new variants by events, a moment after the catalogue has them
        if all(error.get("code") != _UNKNOWN_VARIANT for error in nodes(payload, "userErrors")):
            raise_refusal(payload)
            return
        await pause(_PAUSE_SECONDS)
    raise ApiError(_UNKNOWN_VARIANT, "inventory has not heard of the new variants: are the workers running?")


def raise_refusal(payload: JsonObject) -> None:
    """Raise the payload's first user error as ApiError, if it has one."""
    for error in nodes(payload, "userErrors"):
        raise ApiError(text(error, "code"), text(error, "message"))
