"""What a projection leaves for later: groups of fields of the objects it made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kernel.subgraph import JsonObject
from router.execution.answered import Answers
from router.execution.errors import ResponsePath
from router.execution.faults import Faults
from router.planning.grouping import Deferrals

Complete: TypeAlias = Callable[[JsonObject, ResponsePath, Faults], JsonObject]


class LaterGroup:
    """Fields that come later, for the same deferred fragments; `part` is the part of the plan that brings them.

    Without a part they are there already. The function that makes them is generated when it is first needed.
    """

    __slots__ = ("_complete", "_generate", "deferrals", "part")

    def __init__(self, deferrals: Deferrals, part: int | None, generate: Callable[[], Complete]) -> None:
        self.deferrals = sorted(deferrals, key=lambda deferral: deferral.number)
        self.part = part
        self._generate = generate
        self._complete: Complete | None = None

    def complete(self, value: JsonObject, at: ResponsePath, faults: Faults) -> JsonObject:
        """The group's fields of one object; raises Null when one is missing that must not be."""
        if self._complete is None:
            self._complete = self._generate()
        return self._complete(value, at, faults)


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """What is left for later of every object of one type at one place."""

    groups: tuple[LaterGroup, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Postponed:
    """One object of an answer with fields to come: its values so far, and what was made of it for the client."""

    later: Later
    value: JsonObject
    path: ResponsePath
    made: JsonObject


class PostponingFaults(Faults):
    """Faults of a projection that leaves something for later."""

    def __init__(self, errors: list[JsonObject], answers: Answers) -> None:
        super().__init__(errors, answers)
        self.postponed: list[Postponed] = []

    def postpone(self, later: Later, value: JsonObject, at: ResponsePath, made: JsonObject) -> JsonObject:
        """Note an object; called by generated functions, for `made` itself."""
        self.postponed.append(Postponed(later, value, at, made))
        return made
