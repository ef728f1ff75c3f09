"""How much searching one operation may cost; when it is spent, planning becomes greedy instead of slow."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LOOKS_AT_CLOCK_EVERY: Final = 32
_GREEDY_TIMES: Final = 5


class PlanTooLarge(Exception):
    """The operation needs more separate look-ups or decisions than a plan may have."""


@dataclass(slots=True)
class Budget:
    """Candidates (decisions searched, plans tried) and seconds of this thread's CPU time.

    Beyond either only greedy choices are made; beyond five times that even a greedy plan is refused.
    """

    candidates: int = 20_000
    seconds: float = 1.0
    clock: Callable[[], float] = time.thread_time
    counted: int = 0
    is_spent: bool = False
    _started: float | None = None

    def spend(self) -> None:
        """Count one candidate.

        Raises:
            PlanTooLarge: the operation costs too much even without searching.
        """
        self.counted += 1
        if self.counted % _LOOKS_AT_CLOCK_EVERY == 1:
            self._look_at_clock()
        if self.counted > self.candidates * _GREEDY_TIMES:
            raise PlanTooLarge
        self.is_spent = self.is_spent or self.counted >= self.candidates

    def _look_at_clock(self) -> None:
        if self._started is None:
            self._started = self.clock()
        elapsed = self.clock() - self._started
        if elapsed > self.seconds * _GREEDY_TIMES:
            raise PlanTooLarge
        self.is_spent = self.is_spent or elapsed > self.seconds
