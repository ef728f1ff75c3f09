"""The router's execution as it was before it was compiled, an oracle: each answer is interpreted field by field."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from kernel.subgraph import JsonObject
from router.execution.errors import graphql_error
from router.execution.program import LookUp, Program, Steps, Work
from router.execution.representations import gather_objects
from router.execution.shapes import FieldShape, Shapes, TypeShape
from router.planning.nodes import Expected, Parallel, PlanNode, Sequence

_BUBBLE: Final = object()


def interpreted_program(node: PlanNode) -> Program:
    if isinstance(node, Sequence | Parallel):
        return Steps([interpreted_program(inner) for inner in node.nodes], isinstance(node, Parallel))
    look_ups = [
        LookUp(
            flatten,
            [partial(gather_objects, entities) for entities in flatten.entities],
            partial(_spread, flatten.expected),
        )
        for flatten in node.flattens
    ]
    return Work(node, partial(_merge, node.expected), look_ups, "")


def _spread(expected: Expected, values: Any, targets: Any) -> Any:
    strange = []
    for value, same in zip(values, targets, strict=True):
        if isinstance(value, dict):
            for target in same:
                _merge(expected, value, target)
        elif value is not None:
            strange.extend(same)
    return strange


def _merge(expected: Expected, answer: Any, target: Any) -> None:
    for alias, field in expected.fields.items():
        if alias in answer:
            value = answer[alias]
            target[field.key] = value if field.below is None else _copy(field.below, value, target.get(field.key))


def _copy(expected: Expected, answer: Any, known: Any) -> Any:
    if isinstance(answer, dict):
        target = known if isinstance(known, dict) else {}
        _merge(expected, answer, target)
        return target
    if isinstance(answer, list):
        olds = known if isinstance(known, list) and len(known) == len(answer) else [None] * len(answer)
        return [_copy(expected, item, old) for item, old in zip(answer, olds, strict=True)]
    return known if answer is None else answer


class InterpretedProjection:
    """Nulls travel as a marker from call to call; every value comes with its path."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._known: dict[Any, Any] = {}
        self._errors: list[JsonObject] = []
        self._covered: set[tuple[str | int, ...]] = set()
        self._failed: set[tuple[str | int, ...]] = set()

    def complete(self, values: JsonObject, errors: list[JsonObject]) -> Any:
        self._errors, self._covered, self._failed = errors, set(), set()
        for error in errors:
            if isinstance(error.get("path"), list):
                self._mark(tuple(error["path"]))
        self._known.setdefault("root", self._shapes.root().fields)
        data = self._object(self._known["root"], values, ())
        return None if data is _BUBBLE else data

    def _object(self, shapes: tuple[FieldShape, ...], value: Mapping[str, Any], at: Any) -> Any:
        result = {}
        for shape in shapes:
            completed = self._field(shape, value, (*at, shape.key))
            if completed is _BUBBLE:
                return _BUBBLE
            result[shape.key] = completed
        return result

    def _field(self, shape: FieldShape, parent: Mapping[str, Any], at: Any) -> Any:
        if shape.typename is not None:
            return shape.typename
        if shape.denied is not None:
            self._add(at, f"{shape.title} needs a permission the caller does not have", shape.denied)
            return _BUBBLE if shape.type.is_non_null else None
        return self._typed(shape, shape.type, parent.get(shape.key), at)

    def _typed(self, shape: FieldShape, layer: TypeShape, value: Any, at: Any) -> Any:
        completed = None if value is None else self._present(shape, layer, value, at)
        if completed is None and layer.is_non_null:
            if not self._is_explained(at):
                self._add(at, f"Cannot return null for non-nullable field {shape.title}.", "INTERNAL")
            return _BUBBLE
        return completed

    def _present(self, shape: FieldShape, layer: TypeShape, value: Any, at: Any) -> Any:
        if layer.item is not None:
            return self._list(shape, layer.item, value, at)
        if shape.selection is None:
            read = shape.leaf.read(value)
            return self._unexpected(shape, at) if read is None else read
        fields = self._below(shape, value.get(shape.typename_key)) if isinstance(value, dict) else None
        if fields is None:
            return self._unexpected(shape, at)
        completed = self._object(fields, value, at)
        return None if completed is _BUBBLE else completed

    def _below(self, shape: FieldShape, typename: Any) -> Any:
        key = (shape, repr(typename))
        if key not in self._known:
            below = self._shapes.below(shape, typename)
            self._known[key] = below.fields if below is not None else None
        return self._known[key]

    def _list(self, shape: FieldShape, item: TypeShape, value: Any, at: Any) -> Any:
        if not isinstance(value, list):
            return self._unexpected(shape, at)
        items = []
        for index, inner in enumerate(value):
            completed = self._typed(shape, item, inner, (*at, index))
            if completed is _BUBBLE:
                return None
            items.append(completed)
        return items

    def _unexpected(self, shape: FieldShape, at: Any) -> None:
        if not self._is_explained(at):
            self._add(at, f"the value of {shape.title} is not of its type", "INTERNAL")

    def _is_explained(self, at: Any) -> bool:
        return at in self._covered or any(at[:length] in self._failed for length in range(1, len(at)))

    def _mark(self, at: Any) -> None:
        self._failed.add(at)
        self._covered.update(at[:length] for length in range(1, len(at) + 1))

    def _add(self, at: Any, message: str, code: str) -> None:
        self._mark(at)
        if len(self._errors) < 1_000:
            self._errors.append(graphql_error(message, code, at))
