"""How much searching one operation may cost; when it is spent, planning becomes greedy instead of slow."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LOOKS_AT_CLOCK_EVERY: Final = 32
_GREEDY_TIMES: Final = 10


class PlanTooLarge(Exception):
    """The operation needs more separate look-ups or decisions than a plan may have."""


@dataclass(slots=True)
class Budget:
    """Candidates (decisions searched, plans tried) and seconds of this thread's CPU time.

    Beyond either only greedy choices are made; beyond ten times the candidates even a greedy plan is refused.
    """

    candidates: int = 20_000
    seconds: float = 1.0
    clock: Callable[[], float] = time.thread_time
    counted: int = 0
    is_spent: bool = False
    _until: float | None = None

    def spend(self) -> None:
        """Count one candidate.

        Raises:
            PlanTooLarge: the operation costs too much even without searching.
        """
        self.counted += 1
        if self.counted > self.candidates * _GREEDY_TIMES:
            raise PlanTooLarge
        if not self.is_spent and (self.counted >= self.candidates or self._is_late()):
            self.is_spent = True

    def _is_late(self) -> bool:
        if self._until is None:
            self._until = self.clock() + self.seconds
        return self.counted % _LOOKS_AT_CLOCK_EVERY == 0 and self.clock() > self._until
