"""The answer in the client's order and types: nulls propagate (§6.4.4), unexpected values become null and an error."""

from typing import Final, TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import INTERNAL, ResponsePath, graphql_error
from router.execution.shapes import FieldShape, Shapes, TypeShape

_MAX_ERRORS: Final = 1_000


class _Bubble:
    """A null where none may be: it travels to the next nullable place."""


_BUBBLE: Final = _Bubble()
_Completed: TypeAlias = "JsonValue | _Bubble"


class Projection:
    """Completes one response; errors found on the way are added to `errors`."""

    def __init__(self, shapes: Shapes, errors: list[JsonObject]) -> None:
        self._shapes = shapes
        self._errors = errors
        self._covered: set[ResponsePath] = set()
        self._failed: set[ResponsePath] = set()
        for error in errors:
            path = error.get("path")
            if isinstance(path, list):
                self._mark(tuple(step for step in path if isinstance(step, str | int)))

    def complete(self, values: JsonObject) -> JsonObject | None:
        """The `data` of the answer."""
        data = self._object(self._shapes.root(), values, ())
        return None if isinstance(data, _Bubble) else data

    def _object(self, shapes: tuple[FieldShape, ...], value: JsonObject, at: ResponsePath) -> JsonObject | _Bubble:
        result: JsonObject = {}
        for shape in shapes:
            if shape.is_plain_leaf and (read := shape.read(value.get(shape.key))) is not None:
                result[shape.key] = read
                continue
            completed = self._field(shape, value, (*at, shape.key))
            if isinstance(completed, _Bubble):
                return completed
            result[shape.key] = completed
        return result

    def _field(self, shape: FieldShape, parent: JsonObject, at: ResponsePath) -> _Completed:
        if shape.typename is not None:
            return shape.typename
        if shape.denied is not None:
            self._add(at, f"{shape.title} needs a permission the caller does not have", shape.denied)
            return _BUBBLE if shape.type.is_non_null else None
        return self._typed(shape, shape.type, parent.get(shape.key), at)

    def _typed(self, shape: FieldShape, layer: TypeShape, value: JsonValue, at: ResponsePath) -> _Completed:
        completed = None if value is None else self._present(shape, layer, value, at)
        if completed is None and layer.is_non_null:
            self._add_missing(shape, at)
            return _BUBBLE
        return completed

    def _present(self, shape: FieldShape, layer: TypeShape, value: JsonValue, at: ResponsePath) -> JsonValue:
        if layer.item is not None:
            return self._list(shape, layer.item, value, at)
        if shape.selection is None:
            read = shape.read(value)
            return self._unexpected(shape, at) if read is None else read
        if not isinstance(value, dict):
            return self._unexpected(shape, at)
        type_name = self._shapes.type_of(shape, value.get(shape.typename_key))
        if type_name is None:
            return self._unexpected(shape, at)
        completed = self._object(self._shapes.of(shape.selection, type_name, shape.position), value, at)
        return None if isinstance(completed, _Bubble) else completed

    def _list(self, shape: FieldShape, item: TypeShape, value: JsonValue, at: ResponsePath) -> JsonValue:
        if not isinstance(value, list):
            return self._unexpected(shape, at)
        items: list[JsonValue] = []
        for index, inner in enumerate(value):
            completed = self._typed(shape, item, inner, (*at, index))
            if isinstance(completed, _Bubble):
                return None
            items.append(completed)
        return items

    def _unexpected(self, shape: FieldShape, at: ResponsePath) -> None:
        if not self._is_explained(at):
            self._add(at, f"the value of {shape.title} is not of its type", INTERNAL)

    def _add_missing(self, shape: FieldShape, at: ResponsePath) -> None:
        if not self._is_explained(at):
            self._add(at, f"Cannot return null for non-nullable field {shape.title}.", INTERNAL)

    def _is_explained(self, at: ResponsePath) -> bool:
        return at in self._covered or any(at[:length] in self._failed for length in range(1, len(at)))

    def _mark(self, at: ResponsePath) -> None:
        self._failed.add(at)
        self._covered.update(at[:length] for length in range(1, len(at) + 1))

    def _add(self, at: ResponsePath, message: str, code: str) -> None:
        self._mark(at)
        if len(self._errors) < _MAX_ERRORS:
            self._errors.append(graphql_error(message, code, at))
