"""Packs answers for clients that accept Brotli or gzip."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol, cast

import brotli

from router.configuration import Compression

# at these levels Brotli takes less time than gzip, for fewer bytes; higher ones take twice the time for a few per cent
_BROTLI_QUALITY: Final = 3
_GZIP_LEVEL: Final = 4
_AS_GZIP: Final = zlib.MAX_WBITS | 16

#: the one that is preferred among equals first
_PACKERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY),
    "gzip": partial(gzip.compress, compresslevel=_GZIP_LEVEL, mtime=0),
}


class Packer(Protocol):
    """Packs an answer that comes in parts."""

    def part(self, content: bytes) -> bytes:
        """One part, such that the client can read all of it at once."""
        ...

    def last(self, content: bytes) -> bytes:
        """The last part."""
        ...


class _BrotliCompressor(Protocol):
    """Its stubs do not know `flush`."""

    def process(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...

    def finish(self) -> bytes: ...


class _BrotliParts:
    def __init__(self) -> None:
        packing = brotli.Compressor(mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
        self._packing = cast("_BrotliCompressor", packing)

    def part(self, content: bytes) -> bytes:
        return self._packing.process(content) + self._packing.flush()

    def last(self, content: bytes) -> bytes:
        return self._packing.process(content) + self._packing.finish()


class _GzipParts:
    def __init__(self) -> None:
        self._packing = zlib.compressobj(_GZIP_LEVEL, wbits=_AS_GZIP)

    def part(self, content: bytes) -> bytes:
        return self._packing.compress(content) + self._packing.flush(zlib.Z_SYNC_FLUSH)

    def last(self, content: bytes) -> bytes:
        return self._packing.compress(content) + self._packing.flush()


_PART_PACKERS: Final[Mapping[str, Callable[[], Packer]]] = {"br": _BrotliParts, "gzip": _GzipParts}


def packer(headers: list[tuple[str, str]], accepted: str) -> Packer | None:
    """What packs an answer in parts, unless the client takes neither coding; its headers are told so."""
    _vary(headers)
    coding = _chosen(accepted)
    if coding is None:
        return None
    headers.append(("content-encoding", coding))
    return _PART_PACKERS[coding]()


def compressed(content: bytes, headers: list[tuple[str, str]], accepted: str, rules: Compression) -> bytes:
    """A whole answer, packed unless it is short or the client takes neither coding; its headers are told so."""
    _vary(headers)
    if len(content) < rules.minimum_bytes:
        return content
    coding = _chosen(accepted)
    if coding is None:
        return content
    headers.append(("content-encoding", coding))
    return _PACKERS[coding](content)


def _vary(headers: list[tuple[str, str]]) -> None:
    """What comes next to this answer depends on the codings a client accepts (RFC 9110 §12.5.5)."""
    named = [value for name, value in headers if name == "vary"]
    headers[:] = [header for header in headers if header[0] != "vary"]
    headers.append(("vary", ", ".join([*named, "accept-encoding"])))


def _chosen(accepted: str) -> str | None:
    """The coding the client likes best (RFC 9110 §12.5.3): named ones go before `*`, and a weight of 0 refuses."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter.replace(" ", ""))
    others = weights.get("*", 0.0)
    best = max(_PACKERS, key=lambda coding: weights.get(coding, others))
    return best if weights.get(best, others) > 0 else None


def _weight(parameter: str) -> float:
    """The value of `q=`, 1 where it says nothing that is one."""
    name, _, value = parameter.partition("=")
    is_number = name == "q" and value.isascii() and value.replace(".", "", 1).isdecimal()
    return float(value) if is_number else 1.0
