"""What is wrong with an answer: values that are missing, of another type, or not for the caller."""

from dataclasses import dataclass
from typing import Final

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import INTERNAL, ResponsePath, graphql_error
from router.execution.leaves import LeafReader

_MAX_ERRORS: Final = 1_000


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
    """Adds errors to those of the fetches, but none where an error already explains the null."""

    def __init__(self, errors: list[JsonObject]) -> None:
        self._errors = errors
        self._covered: set[ResponsePath] = set()
        self._failed: set[ResponsePath] = set()
        for error in errors:
            path = error.get("path")
            if isinstance(path, list):
                self._mark(tuple(step for step in path if isinstance(step, str | int)))

    def unexpected(self, spot: Spot, at: ResponsePath, *indexes: int) -> None:
        """The value is not of its type; the client gets null."""
        path = spot.path(at, indexes)
        if not self._is_explained(path):
            self._add(path, f"the value of {spot.title} is not of its type", INTERNAL)

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
        path = spot.path(at, indexes)
        if not self._is_explained(path):
            self._add(path, f"Cannot return null for non-nullable field {spot.title}.", INTERNAL)

    def _is_explained(self, path: ResponsePath) -> bool:
        return path in self._covered or any(path[:length] in self._failed for length in range(1, len(path)))

    def _mark(self, path: ResponsePath) -> None:
        self._failed.add(path)
        self._covered.update(path[:length] for length in range(1, len(path) + 1))

    def _add(self, path: ResponsePath, message: str, code: str) -> None:
        self._mark(path)
        if len(self._errors) < _MAX_ERRORS:
            self._errors.append(graphql_error(message, code, path))
