"""Reads a subgraph's HTTP answer: bounded, unpacked, and checked for being GraphQL at all."""

import zlib
from typing import Final

import orjson

from kernel.subgraph import JsonValue
from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphUnavailable
from router.execution.transport.retries import GATEWAY_STATUSES
from router.execution.transport.retry_after import BUSY_STATUSES, seconds_until

#: content codings that are unpacked
ACCEPTED_CODINGS: Final = "gzip, deflate"
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_REDIRECT: Final = 300
_REFUSED: Final = 400
_SERVER_ERROR: Final = 500


def unpacked(subgraph: str, content: bytes, coding: str, max_bytes: int) -> bytes:
    """The body without its content coding; it is never unpacked beyond `max_bytes`.

    Raises:
        SubgraphUnavailable: an unknown coding, broken content, or too much of it.
    """
    if coding in {"", "identity"}:
        return content
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise SubgraphUnavailable(subgraph, f"the content coding {coding[:40]!r} is not ours", Failure.NOT_GRAPHQL)
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = unpacking.decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise SubgraphUnavailable(subgraph, "the answer cannot be unpacked", Failure.NOT_GRAPHQL) from error
    if len(plain) > max_bytes:
        raise too_large(subgraph)
    if not unpacking.eof:
        raise SubgraphUnavailable(subgraph, "the packed answer ends early", Failure.CONNECTION)
    return plain


def too_large(subgraph: str) -> SubgraphUnavailable:
    """The error for an answer beyond the limit."""
    return SubgraphUnavailable(subgraph, "the answer is too large", Failure.TOO_LARGE)


def read_answer(subgraph: str, status: int, content: bytes, retry_after: str = "") -> SubgraphAnswer:
    """The GraphQL answer, also of a status that `errors` explain; data beside a server's error is not believed.

    `retry_after` is the header, of which only busy subgraphs are asked for.

    Raises:
        SubgraphUnavailable: there is none, or the status is a redirect, which is never followed.
    """
    pause = seconds_until(retry_after) if status in BUSY_STATUSES else None
    if _REDIRECT <= status < _REFUSED:
        raise SubgraphUnavailable(subgraph, f"HTTP status {status}", Failure.REFUSED)
    try:
        parsed: JsonValue = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SubgraphUnavailable(subgraph, f"HTTP status {status} without JSON", _failure(status), pause) from error
    if not isinstance(parsed, dict) or not is_graphql(parsed) or (status >= _SERVER_ERROR and not parsed.get("errors")):
        raise SubgraphUnavailable(subgraph, f"HTTP status {status} without a GraphQL answer", _failure(status), pause)
    return SubgraphAnswer(parsed, status, content, retry_after=pause)


def is_graphql(answer: dict[str, JsonValue]) -> bool:
    """Whether this has the form of an answer (§7.1): `data` is an object, or there are errors instead."""
    data = answer.get("data")
    return isinstance(data, dict) or (data is None and bool(answer.get("errors")))


def _failure(status: int) -> Failure:
    if status in GATEWAY_STATUSES:
        return Failure.GATEWAY
    if status >= _SERVER_ERROR:
        return Failure.STATUS
    return Failure.REFUSED if status >= _REFUSED else Failure.NOT_GRAPHQL
