"""Request id and W3C trace context of calls: one trace per request, a span id of its own for every fetch."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kernel.telemetry import outgoing_headers

_SPAN_START: Final = 36
_SPAN_END: Final = 52
_MAX_STATE: Final = 512
_PARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Trace:
    """The ids of one request; each part is empty where there is none."""

    request_id: str = ""
    traceparent: str = ""
    tracestate: str = ""

    def headers(self) -> dict[str, str]:
        """The headers of one fetch."""
        found: dict[str, str] = {}
        if self.request_id:
            found["x-request-id"] = self.request_id
        if self.traceparent:
            parent = self.traceparent
            found["traceparent"] = parent[:_SPAN_START] + os.urandom(8).hex() + parent[_SPAN_END:]
            if self.tracestate:
                found["tracestate"] = self.tracestate
        return found


UNTRACED: Final = Trace()


def trace_of(headers: Mapping[str, str]) -> Trace:
    """The trace of a request: the one it came with, continued, or the one that began with it.

    The state of a trace belongs to its parent (W3C Trace Context §3.3): without a valid one it is dropped.
    """
    bound = outgoing_headers()
    given = headers.get("traceparent", "")
    parent = bound.get("traceparent", given)
    if not _is_parent(parent):
        return Trace(bound.get("x-request-id", headers.get("x-request-id", "")))
    continues = _is_parent(given) and given[:_SPAN_START] == parent[:_SPAN_START]
    if continues:
        parent = given
    state = headers.get("tracestate", "")
    is_kept = continues and len(state) <= _MAX_STATE
    return Trace(bound.get("x-request-id", headers.get("x-request-id", "")), parent, state if is_kept else "")


def _is_parent(text: str) -> bool:
    """Whether this is version 00 of `version-trace-parent-flags`, in lower-case hexadecimal and not all zeros."""
    return _PARENT.fullmatch(text) is not None
