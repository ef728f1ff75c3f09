"""Several replicas of one subgraph: the least busy is chosen, and those that fail are left out for a while."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kernel.telemetry import gauge, get_logger
from router.execution.transport.protocol import Failure
from router.execution.transport.traffic import ReplicaRules

log = get_logger(__name__)
_USABLE = gauge("router_replica_usable", "Replicas that get requests: 1 or 0", ("subgraph", "url"))
#: what is the replica's own fault, and another one may do better
_FAULTS: Final = frozenset({Failure.CONNECTION, Failure.TIME_OUT, Failure.GATEWAY, Failure.STATUS})


@dataclass(slots=True, eq=False)
class Replica:
    """One URL: how many requests it is working on, how many failed in a row, and until when it is left out."""

    url: str
    in_flight: int = 0
    failures: int = 0
    rests_until: float = 0.0
    turn: int = 0


class Replicas:
    """The replicas of one subgraph; `clock` counts seconds."""

    def __init__(
        self,
        subgraph: str,
        urls: Iterable[str],
        rules: ReplicaRules,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subgraph = subgraph
        self.all: Final = [Replica(url) for url in urls]
        self._rules = rules
        self._clock = clock
        self._turns = 0
        for replica in self.all:
            self._show(replica, is_usable=True)

    def choose(self) -> Replica:
        """The one with the fewest requests under way, the longest unused among equals; any if all are left out."""
        if len(self.all) == 1:
            return self.all[0]
        now = self._clock()
        usable = [replica for replica in self.all if replica.rests_until <= now] or self.all
        chosen = min(usable, key=lambda replica: (replica.in_flight, replica.failures, replica.turn))
        self._turns += 1
        chosen.turn = self._turns
        return chosen

    def note_answer(self, replica: Replica) -> None:
        """It works (again)."""
        if replica.failures:
            if replica.failures >= self._rules.failures:
                log.info("subgraph_replica_recovered", subgraph=self._subgraph, url=replica.url)
                self._show(replica, is_usable=True)
            replica.failures = 0
            replica.rests_until = 0.0

    def note_failure(self, replica: Replica, failure: Failure) -> None:
        """It failed; after enough failures in a row it rests, and again after each further one."""
        if failure not in _FAULTS:
            return
        replica.failures += 1
        if replica.failures < self._rules.failures:
            return
        replica.rests_until = self._clock() + self._rules.ejection_seconds
        if replica.failures == self._rules.failures and len(self.all) > 1:
            log.warning("subgraph_replica_ejected", subgraph=self._subgraph, url=replica.url)
            self._show(replica, is_usable=False)

    def _show(self, replica: Replica, *, is_usable: bool) -> None:
        _USABLE.labels(self._subgraph, replica.url).set(is_usable)
