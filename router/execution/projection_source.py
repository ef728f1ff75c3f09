"""Writes the functions of a projection: straight-line code for objects and lists, branches by type name where needed.

Paths are put together only where an error is reported; the index of an item is the length of the list made so far.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

from router.execution.faults import Null, Spot
from router.execution.generated import Source, quoted
from router.execution.shapes import FieldShape, ObjectShape, Shapes, TypeShape
from router.planning.guards import Guard

# CPython refuses 20 blocks inside each other; functions of some hundred fields are still read in one go
_MAX_DEPTH: Final = 14
_MAX_FIELDS: Final = 400


@dataclass(frozen=True, slots=True)
class _Place:
    """Where code is written for: the value's field, and the keys and list indexes on the way to it."""

    field: FieldShape
    steps: tuple[str | None, ...]
    indexes: tuple[str, ...]

    def item_of(self, result: str) -> "_Place":
        return replace(self, steps=(*self.steps, None), indexes=(*self.indexes, f"len({result})"))

    def spot(self) -> Spot:
        return Spot(self.field.title, self.steps, self.field.leaf.read)

    def path(self) -> str:
        """The path as an expression."""
        remaining = iter(self.indexes)
        return f"(*at, {', '.join(next(remaining) if step is None else quoted(step) for step in self.steps)})"


class SelectionWriter:
    """Writes the function for one object type, with the objects below it as far as their types are certain."""

    def __init__(
        self, shapes: Shapes, branches: Callable[[FieldShape], object], later: Callable[[ObjectShape], object]
    ) -> None:
        self.source = Source(Null=Null)
        self.fields = 0
        self._shapes = shapes
        self._branches = branches
        self._later = later
        self._raises = False

    def function(self, shape: ObjectShape) -> Callable[..., Any]:
        """The compiled function: `(object, its path, faults)` → the object for the client; it may raise Null."""
        with self.source.block("def complete(value, at, faults):"):
            self.source.line(f"return {self._object(shape, 'value', None)}")
        return self.source.functions()["complete"]

    def _object(self, shape: ObjectShape, value: str, parent: _Place | None) -> str:
        fields = shape.fields
        self.fields += len(fields)
        steps, indexes = (parent.steps, parent.indexes) if parent is not None else ((), ())
        places = [_Place(field, (*steps, field.key), indexes) for field in fields]
        if shape.order:
            return self._guarded(shape, places, value)
        variables = self._read([place for place in places if place.field.is_read], value)
        parts = [f"{quoted(place.field.key)}: {self._field(place, variables)}" for place in places]
        made = "{" + ", ".join(parts) + "}"
        if not shape.later:
            return made
        later = self.source.constant(self._later(shape), "later")
        path = parent.path() if parent is not None else "at"
        return f"faults.postpone({later}, {value}, {path}, {made})"

    def _guarded(self, shape: ObjectShape, places: Sequence[_Place], value: str) -> str:
        """Statements for an object of which some fields are asked for only at times."""
        results = {place.field.key: self.source.fresh("r") for place in places}
        for place in places:
            with self._while(place.field.guard):
                variables = self._read([place] if place.field.is_read else [], value)
                self.source.line(f"{results[place.field.key]} = {self._field(place, variables)}")
        made = self.source.fresh("o")
        self.source.line(f"{made} = {{}}")
        for key, guard in shape.order:
            with self._while(guard):
                self.source.line(f"{made}[{quoted(key)}] = {results[key]}")
        return made

    def _while(self, guard: Guard | None) -> AbstractContextManager[None]:
        if guard is None:
            return nullcontext()
        return self.source.block(f"if faults.holds({self.source.constant(guard, 'guard')}):")

    def _read(self, places: Sequence[_Place], value: str) -> Mapping[str, str]:
        variables = {place.field.key: self.source.fresh("v") for place in places}
        if not places:
            return variables
        with self.source.block("try:"):
            for key, variable in variables.items():
                self.source.line(f"{variable} = {value}[{quoted(key)}]")
        with self.source.block("except KeyError:"):
            spots = self.source.constant(tuple(place.spot() for place in places), "spots")
            given = ", ".join((spots, value, "at", *places[0].indexes))
            self.source.line(f"{', '.join(variables.values())}, = faults.absent({given})")
        return variables

    def _field(self, place: _Place, variables: Mapping[str, str]) -> str:
        field = place.field
        if field.typename is not None:
            return quoted(field.typename)
        if field.denied is None:
            return self._value(place, field.type, variables[field.key])
        self._report(place, "deny", quoted(field.denied))
        if field.type.is_non_null:
            self._raise()
        return "None"

    def _value(self, place: _Place, layer: TypeShape, variable: str) -> str:
        """Statements that complete a value, and an expression for the result."""
        item = layer.item
        if item is not None:
            return self._typed(place, layer, ("list", variable), lambda: self._items(place, item, variable))
        if place.field.selection is None:
            return self._leaf(place, layer, variable)
        return self._typed(place, layer, ("dict", variable), lambda: self._composite(place, variable))

    def _typed(self, place: _Place, layer: TypeShape, expected: tuple[str, str], present: Callable[[], str]) -> str:
        kind, variable = expected
        if layer.is_non_null:
            with self.source.block(f"if type({variable}) is not {kind}:"):
                self._report(place, "require", kind, variable, into=variable)
            self._raises = True
            return present()
        result = self.source.fresh("r")
        with self.source.block(f"if {variable} is None:"):
            self.source.line(f"{result} = None")
        with self.source.block(f"elif not isinstance({variable}, {kind}):"):
            self._report(place, "unexpected", into=result)
        with self.source.block("else:"):
            self._nullable(result, present)
        return result

    def _nullable(self, result: str, present: Callable[[], str]) -> None:
        raises_outside, self._raises = self._raises, False
        with self.source.attempt("Null", f"{result} = None", lambda: self._raises):
            self.source.line(f"{result} = {present()}")
        self._raises = raises_outside

    def _items(self, place: _Place, item: TypeShape, variable: str) -> str:
        result, each = self.source.fresh("r"), self.source.fresh("v")
        self.source.line(f"{result} = []")
        with self.source.block(f"for {each} in {variable}:"):
            self.source.line(f"{result}.append({self._value(place.item_of(result), item, each)})")
        return result

    def _leaf(self, place: _Place, layer: TypeShape, variable: str) -> str:
        leaf = place.field.leaf
        members = self.source.constant(leaf.members, "members") if leaf.members is not None else ""
        refusal = leaf.refusal(variable, members)
        if layer.is_non_null:
            self._raises = True
            method, condition = "demand", f"{variable} is None"
            if refusal:
                condition = refusal if leaf.taken is not None else f"{condition} or {refusal}"
        else:
            method, condition = "read", f"{variable} is not None and ({refusal})"
        if refusal or layer.is_non_null:
            with self.source.block(f"if {condition}:"):
                self._report(place, method, variable, into=variable)
        return variable

    def _composite(self, place: _Place, variable: str) -> str:
        certain = self._shapes.certain_type(place.field)
        if certain is not None and self.source.depth <= _MAX_DEPTH and self.fields <= _MAX_FIELDS:
            return self._object(self._shapes.below(place.field, None) or ObjectShape(()), variable, place)
        self._raises = True
        branches = self.source.constant(self._branches(place.field), "branches")
        result = self.source.fresh("r")
        function = f"{branches}[None]" if certain is not None else self._choose(place, branches, variable)
        self.source.line(f"{result} = {function}({variable}, {place.path()}, faults)")
        return result

    def _choose(self, place: _Place, branches: str, variable: str) -> str:
        name, function = self.source.fresh("t"), self.source.fresh("f")
        self.source.line(f"{name} = {variable}.get({quoted(place.field.typename_key)})")
        self.source.line(f"{function} = {branches}[{name}] if type({name}) is str else {branches}.of({name})")
        with self.source.block(f"if {function} is None:"):
            self._report(place, "unexpected")
            self._raise()
        return function

    def _report(self, place: _Place, method: str, *arguments: str, into: str | None = None) -> None:
        spot = self.source.constant(place.spot(), f"{_identifier(place.field.title)}_")
        assignment = f"{into} = " if into is not None else ""
        given = ", ".join((spot, *arguments, "at", *place.indexes))
        self.source.line(f"{assignment}faults.{method}({given})")

    def _raise(self) -> None:
        self.source.line("raise Null")
        self._raises = True


def _identifier(title: str) -> str:
    return quoted(title).strip("'").replace(".", "_")
