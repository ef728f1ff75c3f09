"""Structured JSON logs with request id, trace id and tenant, and Prometheus metrics."""

import json
import logging
import random
import sys
from collections.abc import Generator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final, NoReturn, Protocol, TextIO, cast

import orjson
import structlog
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.registry import Collector

_LEVELS: Final = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Logger(Protocol):
    """What application code may do with a logger: state facts."""

    def debug(self, event: str, **fields: object) -> None:
        """A fact for developers."""
        ...

    def info(self, event: str, **fields: object) -> None:
        """A fact of the business or of operations."""
        ...

    def warning(self, event: str, **fields: object) -> None:
        """A fact somebody may have to look at."""
        ...

    def error(self, event: str, **fields: object) -> None:
        """A fact somebody has to look at."""
        ...

    def exception(self, event: str, **fields: object) -> None:
        """An unexpected error, with its stack."""
        ...


def get_logger(name: str) -> Logger:
    """A lazy logger named after the module; safe at import time."""
    return cast("Logger", structlog.stdlib.get_logger(name))


# the ids of a request, never changed in place: one variable is read and set many times faster than one for each id
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, str]] = ContextVar("bound_to_log_lines", default=_NOTHING)


def _add_bound(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    for name, value in _BOUND.get().items():
        event.setdefault(name, value)
    return event


_SHARED: Final[list[structlog.typing.Processor]] = [
    _add_bound,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
]
# one list for the whole process: loggers that are cached early keep following it
_PROCESSORS: Final[list[structlog.typing.Processor]] = [*_SHARED]


def route_events(level: str = "INFO") -> None:
    """Hand our events to the standard library's logging, whoever listens there."""
    _process_events(level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter)


def _process_events(level: str, last: structlog.typing.Processor) -> None:
    _PROCESSORS[:] = [*_SHARED, last]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def configure_logging(service: str, *, level: str = "INFO") -> None:
    """Write one JSON object per line to stdout, for our own events and the standard library's alike."""
    _process_events(level, _LineWriter(service, level, sys.stdout))
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_LineFormatter(service))
    # no line shows thread, process or caller, and finding them out costs as much as writing (logging's "Optimization")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("uvicorn.access", "alembic.runtime.migration", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def bind_request(*, request_id: str, trace_id: str) -> None:
    """Attach the identifiers of a request, and nothing of an earlier one, to every log line of this task."""
    _BOUND.set({"request_id": request_id, "trace_id": trace_id})


def bind_tenant(tenant: str | None) -> None:
    """Attach the tenant once it is known."""
    if tenant is not None:
        _BOUND.set({**_BOUND.get(), "tenant": tenant})


def clear_request() -> None:
    """Forget what `bind_request` and `bind_tenant` attached."""
    _BOUND.set(_NOTHING)


@contextmanager
def bound_request(*, request_id: str, trace_id: str, tenant: str) -> Generator[None]:
    """Attach the identifiers of a piece of work for its duration."""
    token = _BOUND.set({"request_id": request_id, "trace_id": trace_id, "tenant": tenant})
    try:
        yield
    finally:
        _BOUND.reset(token)


def current_request_id() -> str | None:
    """The id of the request being served, if any."""
    return _BOUND.get().get("request_id")


def current_trace_id() -> str | None:
    """The trace id of the request being served, if any."""
    return _BOUND.get().get("trace_id")


def outgoing_headers() -> dict[str, str]:
    """`x-request-id` and W3C `traceparent` for a call made on behalf of the present request."""
    bound = _BOUND.get()
    headers: dict[str, str] = {}
    if "request_id" in bound:
        headers["x-request-id"] = bound["request_id"]
    if "trace_id" in bound:
        headers["traceparent"] = f"00-{bound['trace_id']}-{fresh_span_id()}-01"
    return headers


def trace_id_of(traceparent: str | None) -> str:
    """The trace id of a W3C `traceparent` header, or a fresh one."""
    if traceparent is not None:
        parts = traceparent.split("-")
        hexadecimal = len(parts) == 4 and len(parts[1]) == 32 and all(c in "0123456789abcdef" for c in parts[1])  # noqa: PLR2004
        if hexadecimal and parts[1] != "0" * 32:
            return parts[1]
    return f"{_fresh(128):032x}"


def fresh_span_id() -> str:
    """A W3C parent id nobody has used."""
    return f"{_fresh(64):016x}"


def _fresh(bits: int) -> int:
    # Unique is enough for a trace (W3C Trace Context, §2.2.2.3), and the system's generator is a system call each time.
    # All zeros would be no id.
    return random.getrandbits(bits) or 1


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """A counter, created once per process however often it is asked for."""
    known = _registered(name)
    return known if isinstance(known, Counter) else Counter(name, documentation, labels)


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge, created once per process."""
    known = _registered(name)
    return known if isinstance(known, Gauge) else Gauge(name, documentation, labels)


def histogram(name: str, documentation: str, labels: Sequence[str] = ()) -> Histogram:
    """A histogram of seconds, created once per process."""
    known = _registered(name)
    return known if isinstance(known, Histogram) else Histogram(name, documentation, labels, buckets=_BUCKETS)


def _registered(name: str) -> Collector | None:
    known = REGISTRY._names_to_collectors  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return known.get(name.removesuffix("_total")) or known.get(name)


class _LineWriter:
    """Writes our own events as they are, past the standard library's records and handlers: every request has one."""

    def __init__(self, service: str, level: str, stream: TextIO) -> None:
        self._service = service
        self._level = logging.getLevelNamesMapping()[level]
        self._stream = stream

    def __call__(self, logger: object, method: str, event: MutableMapping[str, object]) -> NoReturn:
        if _LEVELS[method] < self._level:
            raise structlog.DropEvent
        if "exc_info" in event:
            structlog.processors.format_exc_info(logger, method, event)
        event["service"] = self._service
        try:
            self._stream.write(f"{_to_json(event)}\n")
            self._stream.flush()
        except (OSError, ValueError):
            # nobody reads any more: what the process does goes before what it tells
            pass
        raise structlog.DropEvent


class _LineFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object per record of other libraries."""

    def __init__(self, service: str) -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(service),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(serializer=_to_json),
            ],
        )


def _named(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        event["service"] = service
        return event

    return cast("structlog.typing.Processor", add)


def _to_json(event: object, **_options: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:
        # half a character, a number beyond 64 bits, keys that are no texts: seldom, and no reason to fail
        return json.dumps(event, default=str, skipkeys=True)
