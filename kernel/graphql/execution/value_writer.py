"""Writes the code that completes a value in place: objects, lists and leaves as they usually are."""

from typing import Final, NamedTuple

from kernel.graphql.execution.dispatch import CAST
from kernel.graphql.execution.leaves import Leaves
from kernel.graphql.execution.objects import AbstractShape, ObjectShape
from kernel.graphql.execution.sites import LeafShape, ListShape, Shape, drop_rest
from kernel.graphql.execution.source import Namespace, Text

_NO_CAST: Final = f'getattr({{0}}, "{CAST}", None) is None'


class _Value(NamedTuple):
    """A variable, the path of its value, and the call that handles what is unusual."""

    variable: str
    path: str
    other: str


class ValueWriter:
    """Turns a variable that holds a resolver's value into one that holds the answer's."""

    def __init__(self, names: Namespace, leaves: Leaves) -> None:
        self._names = names
        self._leaves = leaves
        #: the select function of each object shape
        self.selects: dict[int, str] = {}

    def leaf(self, shape: LeafShape, variable: str) -> list[str]:
        """Lines for a leaf that may be read again when they raise."""
        return self._leaves.check(shape.output, variable, self._names.bind, nullable=shape.nullable)

    def complete(self, text: Text, shape: Shape, variable: str, path: str) -> None:
        """Code for a value that was awaited; raises what is wrong with it."""
        self._value(text, shape, variable, path, unusual="complete")

    def position(self, text: Text, shape: Shape, variable: str, path: str) -> None:
        """Code for a value that may be awaitable."""
        self._value(text, shape, variable, path, unusual="position")

    def _value(self, text: Text, shape: Shape, variable: str, path: str, *, unusual: str) -> None:
        other = f"{self._names.bind(unusual, _method(shape, unusual))}(run, {variable}, {path})"
        value = _Value(variable, path, other)
        if isinstance(shape, LeafShape):
            self._leaf(text, shape, value)
        elif isinstance(shape, ObjectShape):
            select = self._select(shape, variable, path)
            text.add(f"{variable} = {other}" if select is None else f"{variable} = {select} else {other}")
        elif isinstance(shape, AbstractShape):
            self._abstract(text, shape, value)
        elif isinstance(shape, ListShape):
            self._list(text, shape, value)

    def _leaf(self, text: Text, shape: LeafShape, value: _Value) -> None:
        variable, _, other = value
        condition = self._leaves.unusual(shape.output, variable)
        if condition is not None:
            text.open(f"if {condition}:")
        text.add(f"{variable} = {other}")
        if condition is not None:
            text.close()

    def _select(self, shape: ObjectShape, variable: str, path: str) -> str | None:
        """`select(…) if the class is known`, to be followed by `else`; None if a class says nothing."""
        call = f"{self.selects[id(shape)]}(run, {variable}, {path})"
        if shape.output.is_type_of is None:
            return f"{call} if type({variable}) in PLAIN"
        if shape.known is None:
            return None
        known = self._names.bind(f"known_{shape.output.name}", shape.known)
        return f"{call} if type({variable}) in {known} and {_NO_CAST.format(variable)}"

    def _abstract(self, text: Text, shape: AbstractShape, value: _Value) -> None:
        variable, path, other = value
        known = self._names.bind(f"known_{shape.output.name}", shape.known)
        text.add(
            f"g = {known}.get(type({variable}))",
            f"{variable} = g(run, {variable}, {path}) if g is not None and {_NO_CAST.format(variable)} else {other}",
        )

    def _list(self, text: Text, shape: ListShape, value: _Value) -> None:
        variable, path, other = value
        items, around, index, item = (self._names.fresh(name) for name in ("items", "around", "index", "item"))
        text.open(f"if type({variable}) is list:")
        text.add(f"{items}, {variable}, {around}, {index} = {variable}, [], {path}, 0")
        if not shape.item.nullable:
            text.open("try:")
        text.open(f"for {item} in {items}:")
        place = f"({around}, {index}, None)"
        if shape.item.nullable:
            text.open("try:")
        self.position(text, shape.item, item, place)
        if shape.item.nullable:
            text.close()
            text.open("except Exception as error:")
            text.add(f"{item} = {self._names.bind('fail', _method(shape.item, 'fail'))}(run, error, {place})")
            text.close()
        text.add(f"{variable}.append({item})", f"{index} += 1")
        text.close()
        if not shape.item.nullable:
            text.close()
            text.open("except Exception:")
            text.add(f"{self._names.bind('drop', drop_rest)}({items}, {index} + 1)", "raise")
            text.close()
        text.close()
        text.open("else:")
        text.add(f"{variable} = {other}")
        text.close()


def _method(shape: Shape, name: str) -> object:
    return getattr(shape, name)
