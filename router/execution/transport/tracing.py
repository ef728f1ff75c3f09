"""Request id and W3C trace context of calls: one trace per request, a span id of its own for every fetch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kernel.telemetry import current_request_id, current_trace_id, fresh_span_id

_TRACE_START: Final = 3
_TRACE_END: Final = 35
_SPAN_START: Final = 36
_SPAN_END: Final = 52
_MAX_STATE: Final = 512
# each fetch gets its own
_ANY_SPAN: Final = "0" * 16
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
            found["traceparent"] = parent[:_SPAN_START] + fresh_span_id() + parent[_SPAN_END:]
            if self.tracestate:
                found["tracestate"] = self.tracestate
        return found


UNTRACED: Final = Trace()


def trace_of(headers: Mapping[str, str]) -> Trace:
    """The trace of a request: the one it came with, continued, or the one that began with it.

    The state of a trace belongs to its parent (W3C Trace Context §3.3): without a valid one it is dropped.
    """
    request_id = current_request_id() or headers.get("x-request-id", "")
    given, trace_id = headers.get("traceparent"), current_trace_id()
    if given is not None and _is_parent(given) and trace_id in {None, given[_TRACE_START:_TRACE_END]}:
        state = headers.get("tracestate", "")
        return Trace(request_id, given, state if len(state) <= _MAX_STATE else "")
    return Trace(request_id, f"00-{trace_id}-{_ANY_SPAN}-01" if trace_id is not None else "")


def _is_parent(text: str) -> bool:
    """Whether this is version 00 of `version-trace-parent-flags`, in lower-case hexadecimal and not all zeros."""
    return _PARENT.fullmatch(text) is not None
