"""Structured JSON logs with request id, trace id and tenant, and Prometheus metrics."""

import logging
import os
import sys
from collections.abc import MutableMapping, Sequence
from typing import Final, Protocol, cast

import orjson
import structlog
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.registry import Collector
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars, merge_contextvars

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


# one list for the whole process: loggers that are cached early keep following it
_SHARED: Final[list[structlog.typing.Processor]] = [
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
]
_TO_STANDARD_LIBRARY: Final[list[structlog.typing.Processor]] = [
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def route_events(level: str = "INFO") -> None:
    """Hand our events to the standard library's logging, whoever listens there."""
    structlog.configure(
        processors=_TO_STANDARD_LIBRARY,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def configure_logging(service: str, *, level: str = "INFO") -> None:
    """Write one JSON object per line to stdout, for our own events and the standard library's alike."""
    route_events(level)
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


def bind_request(*, request_id: str, trace_id: str, tenant: str | None = None) -> None:
    """Attach the request's identifiers to every log line of this task."""
    bind_contextvars(request_id=request_id, trace_id=trace_id)
    bind_tenant(tenant)


def bind_tenant(tenant: str | None) -> None:
    """Attach the tenant once it is known."""
    if tenant is not None:
        bind_contextvars(tenant=tenant)


def clear_request() -> None:
    """Forget what `bind_request` attached."""
    clear_contextvars()


def current_request_id() -> str | None:
    """The id of the request being served, if any."""
    value = get_contextvars().get("request_id")
    return value if isinstance(value, str) else None


def outgoing_headers() -> dict[str, str]:
    """`x-request-id` and W3C `traceparent` for a call made on behalf of the present request."""
    bound = get_contextvars()
    headers: dict[str, str] = {}
    if "request_id" in bound:
        headers["x-request-id"] = str(bound["request_id"])
    if "trace_id" in bound:
        headers["traceparent"] = f"00-{bound['trace_id']}-{os.urandom(8).hex()}-01"
    return headers


def trace_id_of(traceparent: str | None) -> str:
    """The trace id of a W3C `traceparent` header, or a fresh one."""
    parts = (traceparent or "").split("-")
    hexadecimal = len(parts) == 4 and len(parts[1]) == 32 and all(c in "0123456789abcdef" for c in parts[1])  # noqa: PLR2004
    return parts[1] if hexadecimal and parts[1] != "0" * 32 else os.urandom(16).hex()


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


class _LineFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object per record."""

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
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Our own events, which come finished but for the service, take no detour: every request writes one."""
        event: object = record.msg
        if isinstance(event, dict) and hasattr(record, "_logger") and "exc_info" not in event:
            return _to_json({**cast("dict[str, object]", event), "service": self._service})
        return super().format(record)


def _named(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        event["service"] = service
        return event

    return cast("structlog.typing.Processor", add)


def _to_json(event: object, **_options: object) -> str:
    return orjson.dumps(event, default=str).decode()
