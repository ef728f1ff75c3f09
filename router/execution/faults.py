"""What is wrong with an answer: values that are missing, of another type, or not for the caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kernel.subgraph import JsonObject, JsonValue
from router.execution.answered import Answered, Answers
from router.execution.errors import (
    INTERNAL,
    MAX_ERRORS_PER_FETCH,
    REQUIREMENT_UNAVAILABLE,
    SUBGRAPH_ANSWER_INVALID,
    ResponsePath,
    graphql_error,
)
from router.execution.failures import note_invalid
from router.execution.leaves import LeafReader
from router.planning.guards import Decided
from router.planning.selections import TYPENAME

_MAX_ERRORS: Final = 1_000
# an answer of many megabytes may lack every value: looking for whom to blame would hold up everybody else
_MAX_SEARCHES: Final = 1_000


class Null(Exception):
    """A null where none may be: it travels to the next nullable place (§6.4.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A static place in an answer.

    Attributes:
        title: `Type.field`.
        steps: response keys from where a function starts; None stands for the index of an item.
        read: how a leaf there is read.
    """

    title: str
    steps: tuple[str | None, ...]
    read: LeafReader

    def path(self, at: ResponsePath, indexes: tuple[int, ...]) -> ResponsePath:
        """The path in one answer, where the function started at `at`."""
        remaining = iter(indexes)
        return (*at, *(next(remaining) if step is None else step for step in self.steps))


class Faults:
    """Adds errors to those of the fetches, but none where an error already explains the null.

    `answers` are what the values were brought together from; without them nobody is told to have left something out.
    `holds` says whether a guarded field is asked for.
    """

    def __init__(
        self, errors: list[JsonObject], answers: Answers | None = None, decided: Decided | None = None
    ) -> None:
        self._errors = errors
        self.holds = (decided or Decided({})).holds
        # a fetch that fails at too many places has no error for each of them
        self._answers = answers if len(errors) < MAX_ERRORS_PER_FETCH else None
        self._searches = 0
        self._covered: set[ResponsePath] = set()
        self._failed: set[ResponsePath] = set()
        for error in errors:
            path = error.get("path")
            if isinstance(path, list):
                self._mark(tuple(step for step in path if isinstance(step, str | int)))

    def unexpected(self, spot: Spot, at: ResponsePath, *indexes: int) -> None:
        """The value is not of its type; the client gets null."""
        if self._is_full():
            return
        path = spot.path(at, indexes)
        if not self._is_explained(path):
            self._add(path, f"the value of {spot.title} is not of its type", INTERNAL, self._giver(spot, path))

    def absent(self, spots: Sequence[Spot], value: JsonObject, at: ResponsePath, *indexes: int) -> Sequence[JsonValue]:
        """The values of an object that lacks some of them; whoever was asked for those and left them out is told of.

        Without the object's type nobody may have been asked: then it is who left out that.
        """
        if self._answers is not None:
            for spot in spots:
                path = spot.path(at, indexes)
                if path[-1] not in value and not self._is_explained(path):
                    answered = self._lacking(path)
                    if answered is None and TYPENAME not in value:
                        answered = self._lacking((*path[:-1], TYPENAME))
                    if answered is not None:
                        self._accuse(answered, spot, path)
                    elif TYPENAME not in value:
                        self._tell_untyped(spot, path)
        return [value.get(str(spot.steps[-1])) for spot in spots]

    def deny(self, spot: Spot, code: str, at: ResponsePath, *indexes: int) -> None:
        """The caller may not see the field."""
        self._add(spot.path(at, indexes), f"{spot.title} needs a permission the caller does not have", code)

    def read(self, spot: Spot, value: JsonValue, at: ResponsePath, *indexes: int) -> JsonValue:
        """A leaf that is there but not of the usual Python type."""
        found = spot.read(value)
        return self.unexpected(spot, at, *indexes) if found is None else found

    def demand(self, spot: Spot, value: JsonValue, at: ResponsePath, *indexes: int) -> JsonValue:
        """A leaf that must be there.

        Raises:
            Null: it is not there or not of its type.
        """
        found = self._missing(spot, at, indexes) if value is None else self.read(spot, value, at, *indexes)
        if found is None:
            raise Null
        return found

    def require(self, spot: Spot, kind: type, value: JsonValue, at: ResponsePath, *indexes: int) -> JsonValue:
        """A list or object that must be there.

        Raises:
            Null: it is something else.
        """
        if isinstance(value, kind):
            return value
        if value is None:
            self._missing(spot, at, indexes)
        else:
            self.unexpected(spot, at, *indexes)
        raise Null

    def _missing(self, spot: Spot, at: ResponsePath, indexes: tuple[int, ...]) -> None:
        if self._is_full():
            return
        path = spot.path(at, indexes)
        if not self._is_explained(path):
            message = f"Cannot return null for non-nullable field {spot.title}."
            self._add(path, message, INTERNAL, self._giver(spot, path))

    def _giver(self, spot: Spot, path: ResponsePath) -> str | None:
        """The subgraph that a wrong value is from."""
        if self._answers is None:
            return None
        answered = self._answers.giving(path)
        return _noted(answered, f"wrong {spot.title}") if answered is not None else None

    def _lacking(self, path: ResponsePath) -> Answered | None:
        """The answer that left a value out."""
        return self._searched(Answers.lacking, path)

    def _searched(
        self, search: Callable[[Answers, ResponsePath], Answered | None], path: ResponsePath
    ) -> Answered | None:
        """What a search finds; after so many searches there are no more."""
        if self._answers is None:
            return None
        answered = search(self._answers, path)
        self._searches += 1
        if self._searches == _MAX_SEARCHES:
            self._answers = None
        return answered

    def _accuse(self, answered: Answered, spot: Spot, path: ResponsePath) -> None:
        """The client gets null for what an answer left out; of one answer only so much is told."""
        subgraph = _noted(answered, f"without {spot.title}")
        if answered.faults > MAX_ERRORS_PER_FETCH:
            self._mark(path)
            return
        message = f"the subgraph {subgraph} answered something else than was asked"
        self._add(path, message, SUBGRAPH_ANSWER_INVALID, subgraph)

    def _tell_untyped(self, spot: Spot, path: ResponsePath) -> None:
        """The client gets null because the object's type has not come, so nobody could be asked."""
        answered = self._searched(Answers.was_to_bring, (*path[:-1], TYPENAME))
        if answered is None:
            return
        answered.untyped += 1
        if answered.untyped > MAX_ERRORS_PER_FETCH:
            self._mark(path)
            return
        subgraph = answered.fetch.subgraph
        message = f"the subgraph {subgraph} has not told the type without which {spot.title} cannot be asked for"
        self._add(path, message, REQUIREMENT_UNAVAILABLE, subgraph)

    def _is_explained(self, path: ResponsePath) -> bool:
        return path in self._covered or any(path[:length] in self._failed for length in range(1, len(path)))

    def _mark(self, path: ResponsePath) -> None:
        self._failed.add(path)
        self._covered.update(path[:length] for length in range(1, len(path) + 1))

    def _add(self, path: ResponsePath, message: str, code: str, subgraph: str | None = None) -> None:
        if not self._is_full():
            self._mark(path)
            self._errors.append(graphql_error(message, code, path, subgraph=subgraph))

    def _is_full(self) -> bool:
        """Whether so much is wrong that nothing is added any more."""
        return len(self._errors) >= _MAX_ERRORS


def _noted(answered: Answered, reason: str) -> str:
    """The subgraph that something is wrong with the answer of, which is logged once."""
    subgraph = answered.fetch.subgraph
    if not answered.faults:
        note_invalid(subgraph, reason)
    answered.faults += 1
    return subgraph
