"""Batches of what a till did: unpacked within bounds, their envelope checked, their items told to the graph."""

import json
import zlib
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from bff.pos.graph import Graph
from kernel.errors import BadUserInput, DomainError, Forbidden, Unavailable
from kernel.subgraph import JsonObject, JsonValue

MOST_ITEMS: Final = 200
#: unpacked; as texts within a GraphQL request it may take twice that, and the router reads a megabyte
MOST_BYTES: Final = 400_000
_GZIP: Final = 16 + zlib.MAX_WBITS
_TAKE: Final = """mutation TakeTillItems($input: TillItemsTakeInput!) { tillItemsTake(input: $input) {
  results { id status code field reason } userErrors { code message } } }"""


class BatchTooLarge(DomainError):
    """More bytes or items than a batch may have: the till sends several."""

    code = "PAYLOAD_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One thing a till did; its id is the till's own, for good."""

    id: UUID
    kind: Annotated[str, Field(min_length=1, max_length=64)]
    occurred_at: AwareDatetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a till did, in its order."""

    batch_id: UUID
    items: Annotated[list[BatchItem], Field(min_length=1)]


_BATCH: Final[TypeAdapter[Batch]] = TypeAdapter(Batch)


def unpacked(body: bytes) -> bytes:
    """What was packed with gzip.

    Raises:
        BatchTooLarge: it is more than a batch may be; no more than that is unpacked.
        BadUserInput: it is not gzip, broken off, or followed by something.
    """
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise BadUserInput("the body is not packed with gzip") from None
    if len(plain) > MOST_BYTES:
        raise BatchTooLarge(f"a batch has at most {MOST_BYTES} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise BadUserInput("the body is not packed with gzip")
    return plain


def read_batch(plain: bytes) -> Batch:
    """The batch of a body.

    Raises:
        BatchTooLarge: too many bytes or items.
        BadUserInput: it is none; the message names the place and repeats nothing of it.
    """
    if len(plain) > MOST_BYTES:
        raise BatchTooLarge(f"a batch has at most {MOST_BYTES} bytes")
    try:
        batch = _BATCH.validate_json(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadUserInput(f"{place}: {first['msg']}" if place else first["msg"]) from None
    if len(batch.items) > MOST_ITEMS:
        raise BatchTooLarge(f"a batch has at most {MOST_ITEMS} items")
    return batch


async def take(graph: Graph, batch: Batch, *, device_id: str, token: str) -> object:
    """One result per item, in their order, in the name of the person whose token it is.

    Raises:
        Forbidden: the device is not one of this person's.
        Unavailable: the graph does not answer; the till sends the batch again, which is safe.
    """
    written = [(item, _written(item.body)) for item in batch.items]
    given: JsonObject = {
        "deviceId": device_id,
        "batchId": str(batch.batch_id),
        "items": [
            {"id": str(item.id), "kind": item.kind, "occurredAt": item.occurred_at.isoformat(), "body": body}
            for item, body in written
            if body is not None
        ],
    }
    told = iter(await _told(graph, given, token=token) if given["items"] else [])
    return [next(told) if body is not None else _unwritable(item) for item, body in written]


def _written(body: dict[str, Any]) -> str | None:
    """In the one way to write it, so that the same body is the same text; None if a number of it is none of JSON's."""
    try:
        json.dumps(body, allow_nan=False)
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
    except (TypeError, ValueError):
        return None


def _unwritable(item: BatchItem) -> JsonObject:
    # an item that can never be taken must not keep the others of its batch from being taken
    reason = "a number is infinite, none, or beyond 64 bits"
    return {"id": str(item.id), "status": "REJECTED", "code": "INVALID", "field": "body", "reason": reason}


async def _told(graph: Graph, given: JsonObject, *, token: str) -> list[JsonValue]:
    payload = await graph.ask(_TAKE, {"input": given}, token=token)
    if payload is None:
        raise Unavailable("the graph did not take the batch")
    errors = payload["userErrors"]
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        raise Forbidden(str(errors[0]["message"]), code=str(errors[0]["code"]))
    results = payload["results"]
    if not isinstance(results, list):
        raise Unavailable("the graph did not take the batch")
    return results
