"""Packs answers for clients that accept Brotli or gzip."""

import gzip
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import brotli

from router.configuration import Compression

# at these levels Brotli takes less time than gzip, for fewer bytes; higher ones take twice the time for a few per cent
_BROTLI_QUALITY: Final = 3
_GZIP_LEVEL: Final = 4

#: the one that is preferred among equals first
_PACKERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY),
    "gzip": partial(gzip.compress, compresslevel=_GZIP_LEVEL, mtime=0),
}


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
