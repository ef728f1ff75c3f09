"""The answer in the client's order and types: nulls propagate (§6.4.4), unexpected values become null and an error.

Python functions are generated for it, one for each object type at one place, when the first such object comes.
"""

from collections.abc import Iterator
from typing import Final

from kernel.subgraph import JsonObject, JsonValue
from router.execution.faults import Faults, Null
from router.execution.incremental.postponed import Complete, Later, LaterGroup
from router.execution.projection_source import SelectionWriter
from router.execution.shapes import FieldShape, LaterShape, ObjectShape, Shapes

_MAX_FIELDS: Final = 5_000


class Projection:
    """Completes the responses of one plan.

    Of the functions for further types no more are kept than `max_fields` allows; those beyond are generated anew.
    """

    def __init__(self, shapes: Shapes, *, max_fields: int = _MAX_FIELDS) -> None:
        self._shapes = shapes
        self._max_fields = max_fields
        self._kept_fields = 0
        self._branches: list[Branches] = []
        self._root, self.source = self._compile(shapes.root())
        self._lasting = len(self._branches)

    def complete(self, values: JsonObject, errors: list[JsonObject]) -> JsonObject | None:
        """The `data` of the answer; errors found on the way are added to `errors`."""
        return self.complete_with(values, Faults(errors))

    def complete_with(self, values: JsonObject, faults: Faults) -> JsonObject | None:
        """As `complete`, with faults that know the answers or note what comes later."""
        try:
            return self._root(values, (), faults)
        except Null:
            return None

    def sources(self) -> Iterator[str]:
        """The text of every function there is now."""
        yield self.source
        for branches in self._branches:
            yield from branches.sources.values()

    def function(self, shape: ObjectShape) -> tuple[Complete, str]:
        """A function for one more object type; at the limit those before are forgotten."""
        if self._kept_fields > self._max_fields:
            for branches in self._branches:
                branches.forget()
            del self._branches[self._lasting :]
            self._shapes.forget()
            self._kept_fields = 0
        return self._compile(shape)

    def _compile(self, shape: ObjectShape) -> tuple[Complete, str]:
        writer = SelectionWriter(self._shapes, self._branch, self._later)
        complete = writer.function(shape)
        self._kept_fields += writer.fields
        return complete, writer.source.text

    def _later(self, shape: ObjectShape) -> Later:
        return Later(tuple(self._later_group(group) for group in shape.later))

    def _later_group(self, group: LaterShape) -> LaterGroup:
        return LaterGroup(group.deferrals, group.part, lambda: self._compile(ObjectShape(group.fields))[0])

    def _branch(self, shape: FieldShape) -> "Branches":
        branches = Branches(self, self._shapes, shape)
        self._branches.append(branches)
        return branches


class Branches(dict[JsonValue, Complete | None]):
    """The value of `__typename` → the function for objects of that type, None for a type the client may not see."""

    __slots__ = ("_projection", "_shape", "_shapes", "sources")

    def __init__(self, projection: Projection, shapes: Shapes, shape: FieldShape) -> None:
        super().__init__()
        self._projection = projection
        self._shapes = shapes
        self._shape = shape
        self.sources: dict[JsonValue, str] = {}

    def __missing__(self, typename: JsonValue) -> Complete | None:
        shape = self._shapes.below(self._shape, typename)
        if shape is None:
            # not kept: a subgraph may invent any number of names
            return None
        complete, self.sources[typename] = self._projection.function(shape)
        self[typename] = complete
        return complete

    def of(self, typename: JsonValue) -> Complete | None:
        """The function for a `__typename` that is no ordinary text."""
        return self[typename] if typename is None or isinstance(typename, str) else None

    def forget(self) -> None:
        """Drop all functions."""
        self.clear()
        self.sources.clear()
