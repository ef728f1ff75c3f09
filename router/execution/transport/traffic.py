"""How each subgraph is reached and how much it is trusted: what a router configuration may say about one subgraph."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, ClassVar, Final

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict, FilePath

from router.execution.transport.request_headers import HeaderRules

STRICT: Final = ConfigDict(extra="forbid")

_Seconds = Annotated[float, Gt(0)]
_Count = Annotated[int, Ge(1)]
_Share = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True)
class RetryRules:
    """Queries are asked again after connection errors and 502, 503, 504; `budget` is the share of recent requests."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    count: Annotated[int, Ge(0), Le(10)] = 1
    budget: _Share = 0.1
    pause_seconds: _Seconds = 0.025


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """The circuit opens when `failure_rate` of at least `minimum_requests` within the window failed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    failure_rate: Annotated[float, Gt(0), Le(1)] = 0.5
    minimum_requests: _Count = 20
    window_seconds: _Seconds = 10.0
    open_seconds: _Seconds = 5.0


@dataclass(frozen=True, slots=True)
class BulkheadRules:
    """How many requests run at the same time, and how many wait for their turn; any further one is refused."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    concurrent: _Count = 256
    waiting: Annotated[int, Ge(0)] = 1_024


@dataclass(frozen=True, slots=True)
class ReplicaRules:
    """Several replicas are checked every `check_seconds`, and left out after `failures` in a row."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    check_seconds: _Seconds = 5.0
    failures: _Count = 3
    ejection_seconds: _Seconds = 10.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Everything about one subgraph.

    Attributes:
        urls: its replicas; none stands for the URL in the supergraph.
        timeout_seconds: for one request; the operation's deadline holds besides.
        ca_file: certificates (PEM) that the subgraph's own must be signed by, instead of the system's.
        caller_key_file: holds the key that proves to the subgraph who calls (kernel/caller_proof.py).
        shares_queries: whether identical queries in flight are sent once.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    urls: Sequence[str] = ()
    timeout_seconds: _Seconds = 10.0
    max_answer_bytes: _Count = 16 * 1_048_576
    ca_file: FilePath | None = None
    caller_key_file: FilePath | None = None
    accepts_compression: bool = True
    shares_queries: bool = True
    retries: RetryRules = dataclass_field(default_factory=RetryRules)
    breaker: BreakerRules | None = dataclass_field(default_factory=BreakerRules)
    bulkhead: BulkheadRules = dataclass_field(default_factory=BulkheadRules)
    replicas: ReplicaRules = dataclass_field(default_factory=ReplicaRules)
    request_headers: HeaderRules = dataclass_field(default_factory=HeaderRules)
