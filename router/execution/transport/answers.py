"""Reads a subgraph's HTTP answer: bounded, unpacked, and checked for being GraphQL at all."""

import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol, cast

import brotli
import orjson

from kernel.subgraph import JsonValue
from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphUnavailable
from router.execution.transport.retries import GATEWAY_STATUSES
from router.execution.transport.retry_after import BUSY_STATUSES, seconds_until

#: content codings that are unpacked
ACCEPTED_CODINGS: Final = "gzip, br, deflate"
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
    unpack = _UNPACKING.get(coding)
    if unpack is None:
        raise SubgraphUnavailable(subgraph, f"the content coding {coding[:40]!r} is not ours", Failure.NOT_GRAPHQL)
    try:
        plain, is_whole = unpack(content, max_bytes + 1)
    except (zlib.error, brotli.error) as error:
        raise SubgraphUnavailable(subgraph, "the answer cannot be unpacked", Failure.NOT_GRAPHQL) from error
    if len(plain) > max_bytes:
        raise too_large(subgraph)
    if not is_whole:
        raise SubgraphUnavailable(subgraph, "the packed answer ends early", Failure.CONNECTION)
    return plain


def _unzipped(content: bytes, max_bytes: int) -> tuple[bytes, bool]:
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    return unpacking.decompress(content, max_bytes), unpacking.eof


class _Brotli(Protocol):
    """What its stubs do not know: `process` has a limit since Brotli 1.2."""

    def process(self, data: bytes, *, output_buffer_limit: int) -> bytes: ...

    def is_finished(self) -> bool: ...


def _from_brotli(content: bytes, max_bytes: int) -> tuple[bytes, bool]:
    unpacking = cast("_Brotli", brotli.Decompressor())
    return unpacking.process(content, output_buffer_limit=max_bytes), unpacking.is_finished()


#: from packed content and a limit to so much of what is in it, and whether that is all
_UNPACKING: Final[Mapping[str, Callable[[bytes, int], tuple[bytes, bool]]]] = {
    "br": _from_brotli,
    "gzip": _unzipped,
    "x-gzip": _unzipped,
    "deflate": _unzipped,
}


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
