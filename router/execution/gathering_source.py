"""Writes the functions that find the objects of an entity look-up and represent each of them once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from router.execution.generated import Source, is_a, quoted
from router.execution.representations import represented
from router.planning.nodes import Entities, KeyPart, PathStep
from router.planning.selections import TYPENAME

# CPython refuses 20 loops inside each other
_MAX_DEPTH: Final = 30


@dataclass(frozen=True, slots=True)
class _Spot:
    """A value on the way to the objects: its variable, and the steps that remain."""

    variable: str
    remaining: tuple[PathStep, ...]


class GatherWriter:
    """Writes `gather(response, found)` for the objects at one path."""

    def __init__(self, source: Source, entities: Entities) -> None:
        self._source = source
        self._entities = entities
        self._is_short = _is_one_plain_part(entities)
        self._further: list[tuple[str, tuple[PathStep, ...]]] = []

    def function(self) -> str:
        """Write the function; its name."""
        name = self._source.fresh("gather")
        with self._source.block(f"def {name}(value, found):"):
            self._body(self._entities.path)
        while self._further:
            further, remaining = self._further.pop()
            with self._source.block(f"def {further}(value, found):"):
                self._body(remaining)
        return name

    def _body(self, remaining: tuple[PathStep, ...]) -> None:
        if self._is_short:
            key = f"{self._entities.entity_type}.{self._entities.parts[0].name}"
            self._source.line(f"known, values, targets = found.known({quoted(key)}), found.values, found.targets")
        self._step(_Spot("value", remaining))

    def _step(self, spot: _Spot) -> None:
        """Statements for an object on the way."""
        if not spot.remaining:
            self._object(spot)
            return
        step, *after = spot.remaining
        condition = _is_of_type(spot.variable, step.on_type, step.typename_key)
        below = self._source.fresh("v")
        self._read(below, f"{spot.variable}[{quoted(step.key)}]", condition)
        self._value(_Spot(below, tuple(after)), step.list_depth)

    def _read(self, variable: str, value: str, condition: str = "") -> None:
        """Statements that read what is nearly always there, faster than asking whether it is."""
        with self._source.block("try:"):
            self._source.line(
                f"{variable} = {value} if {condition} else None" if condition else f"{variable} = {value}"
            )
        with self._source.block("except KeyError:"):
            self._source.line(f"{variable} = None")

    def _value(self, spot: _Spot, list_depth: int) -> None:
        """Statements for what is found under a key: objects, or lists of them."""
        if list_depth == 0:
            with self._source.block(f"if {is_a(spot.variable, 'dict')}:"):
                self._object_or_further(spot)
            return
        item = self._source.fresh("v")
        with (
            self._source.block(f"if {is_a(spot.variable, 'list')}:"),
            self._source.block(f"for {item} in {spot.variable}:"),
        ):
            self._value(_Spot(item, spot.remaining), list_depth - 1)

    def _object_or_further(self, spot: _Spot) -> None:
        if self._source.depth <= _MAX_DEPTH or not spot.remaining:
            self._step(spot)
            return
        name = self._source.fresh("gather")
        self._further.append((name, spot.remaining))
        self._source.line(f"{name}({spot.variable}, found)")

    def _object(self, spot: _Spot) -> None:
        """Statements for an object that may be looked up."""
        condition = _is_of_type(spot.variable, self._entities.type_name, self._entities.typename_key)
        if condition:
            with self._source.block(f"if {condition}:"):
                self._represent(spot)
        else:
            self._represent(spot)

    def _represent(self, spot: _Spot) -> None:
        if self._is_short:
            self._represent_by_text(spot.variable)
        elif _has_plain_parts(self._entities):
            self._represent_by_parts(spot.variable)
        else:
            entities, given = self._source.constant(self._entities, "entities"), self._source.fresh("g")
            represent = self._source.constant(represented, "represented")
            self._source.line(f"{given} = {represent}({entities}, {spot.variable})")
            self._source.line(f"if {given} is not None: found.add({given}, {spot.variable})")
            self._source.line("else: found.is_short = True")

    def _represent_by_text(self, item: str) -> None:
        """Statements for the usual key, whose texts tell objects apart."""
        part = self._entities.parts[0]
        key, same = self._source.fresh("k"), self._source.fresh("s")
        representation = self._representation({part.name: key})
        self._read(key, f"{item}[{quoted(part.key)}]")
        with self._source.block(f"if type({key}) is not str:"):
            self._source.line(f"if {key} is not None: found.add({representation}, {item})")
            self._source.line("else: found.is_short = True")
        with self._source.block("else:"):
            self._source.line(f"{same} = known.get({key})")
            with self._source.block(f"if {same} is None:"):
                self._source.line(f"known[{key}] = {same} = []")
                self._source.line(f"values.append({representation})")
                self._source.line(f"targets.append({same})")
            self._source.line(f"{same}.append({item})")

    def _represent_by_parts(self, item: str) -> None:
        """Statements for several parts that are taken as they are."""
        variables = {part.name: self._source.fresh("k") for part in self._entities.parts}
        for part in self._entities.parts:
            self._source.line(f"{variables[part.name]} = {item}.get({quoted(part.key)})")
        keys = [variables[part.name] for part in self._entities.parts if part.is_key]
        needed = [
            f"{variables[part.name]} is not None" if part.is_required else f"{quoted(part.key)} in {item}"
            for part in self._entities.parts
            if part.is_required or not part.is_key
        ]
        if keys:
            needed.append(f"({' or '.join(f'{key} is not None' for key in keys)})")
        found = f"found.add({self._representation(variables)}, {item})"
        self._source.line(f"if {' and '.join(needed)}: {found}" if needed else found)
        if needed:
            self._source.line("else: found.is_short = True")

    def _representation(self, parts: Mapping[str, str]) -> str:
        named = {TYPENAME: quoted(self._entities.entity_type or ""), **parts}
        return "{" + ", ".join(f"{quoted(name)}: {value}" for name, value in named.items()) + "}"


def _is_one_plain_part(entities: Entities) -> bool:
    """True for the usual key, one scalar without which nothing can be looked up."""
    parts: Sequence[KeyPart] = entities.parts
    if len(parts) != 1 or entities.entity_type is None:
        return False
    part = parts[0]
    return not part.below and part.on_type is None and (part.is_key or part.is_required)


def _has_plain_parts(entities: Entities) -> bool:
    """True when every part is taken as it is, whatever the object's type, and goes by a name of its own."""
    names = {part.name for part in entities.parts}
    are_plain = all(not part.below and part.on_type is None for part in entities.parts)
    return are_plain and entities.entity_type is not None and len(names) == len(entities.parts)


def _is_of_type(variable: str, type_name: str | None, typename_key: str | None) -> str:
    if type_name is None:
        return ""
    return f"{variable}.get({quoted(typename_key or TYPENAME)}) == {quoted(type_name)}"
