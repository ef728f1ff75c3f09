"""Requirements that need each other: what the search may enter, and which of its results hold elsewhere, too."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from router.planning.reach import Place

_KeyT = TypeVar("_KeyT")
_ValueT = TypeVar("_ValueT")


@dataclass(slots=True)
class Trail:
    """The requirements entered on the way to a result, and whether one was refused because it was under way.

    A result without a refusal holds wherever none of the requirements met is under way.
    """

    met: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    is_blocked: bool = False

    def add(self, other: "Trail") -> None:
        """Note that another result was used on the way."""
        self.met |= other.met
        self.is_blocked = self.is_blocked or other.is_blocked


class CircleGuard:
    """Keeps the trail of what is being computed, also through results that are remembered."""

    def __init__(self) -> None:
        self.trail = Trail()
        self._trails: dict[object, Trail] = {}

    def may_enter(self, requirement: tuple[str, str, str], place: Place) -> bool:
        """False when the requirement is under way already."""
        if requirement in place.under_way:
            self.trail.is_blocked = True
            return False
        self.trail.met.add(requirement)
        return True

    def recall(self, memory: dict[_KeyT, _ValueT], key: _KeyT, compute: Callable[[], _ValueT]) -> _ValueT:
        """What is remembered under the key, or else computed; either way its trail goes on."""
        found = memory.get(key)
        if found is not None:
            known = self._trails.get(key)
            if known is not None:
                self.trail.add(known)
            return found
        outer, self.trail = self.trail, Trail()
        try:
            found = memory[key] = compute()
        finally:
            outer.add(self.trail)
            if self.trail.met or self.trail.is_blocked:
                self._trails[key] = self.trail
            self.trail = outer
        return found
