"""Values without parts: what is taken as it comes, and how anything else is read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from kernel.subgraph import JsonValue

LeafReader: TypeAlias = Callable[[JsonValue], JsonValue]
_MAX_INT: Final = 2**31 - 1
_MIN_INT: Final = -(2**31)
_LEAST_WRITTEN: Final = -(2**63)
_MOST_WRITTEN: Final = 2**63 - 1
# of an answer above a value: paths are as long as operations may be deep, with lists on the way
_LEVELS_ABOVE: Final = 54


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """How a value of a scalar or enum is read.

    Attributes:
        read: the value for the client, or None when it is not of the type.
        taken: the Python type whose values are usually taken as they are; None takes everything.
        is_nested: values with parts are not taken as they are, nor whole numbers, which may be too large to be written.
        is_bounded: they are taken only within 32 bits.
        members: they are taken only if they are one of these.
    """

    read: LeafReader
    taken: type | None = None
    is_bounded: bool = False
    members: frozenset[str] | None = None
    is_nested: bool = False

    def refusal(self, variable: str, members: str) -> str:
        """A Python condition: the value has to be read. Empty if that is never so."""
        if self.is_nested:
            return f"type({variable}) is dict or type({variable}) is list or type({variable}) is int"
        if self.taken is None:
            return ""
        condition = f"type({variable}) is not {self.taken.__name__}"
        if self.is_bounded:
            condition += f" or not {_MIN_INT} <= {variable} <= {_MAX_INT}"
        if self.members is not None:
            condition += f" or {variable} not in {members}"
        return condition


def _any(value: JsonValue) -> JsonValue:
    return value


def _int(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if _MIN_INT <= value <= _MAX_INT else None


def _float(value: JsonValue) -> JsonValue:
    if isinstance(value, int) and not isinstance(value, bool):
        # in process numbers may come that JSON is not written with
        return value if _LEAST_WRITTEN <= value <= _MOST_WRITTEN else _as_float(value)
    return value if isinstance(value, float) else None


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _text(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) else None


def _id(value: JsonValue) -> JsonValue:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _boolean(value: JsonValue) -> JsonValue:
    return value if isinstance(value, bool) else None


def _writable(value: JsonValue) -> JsonValue:
    is_known = isinstance(value, int) and _LEAST_WRITTEN <= value <= _MOST_WRITTEN
    return value if is_known or is_writable(value) else None


def is_writable(value: JsonValue) -> bool:
    """Whether a value can stand anywhere in an answer: it is read from JSON of 1,024 levels, but written with 254."""
    for _ in range(_LEVELS_ABOVE):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


#: what is known to be right
ANY_LEAF: Final = Leaf(_any)
#: a custom scalar, whose values only its subgraph knows
CUSTOM_LEAF: Final = Leaf(_writable, is_nested=True)

SCALARS: Final[Mapping[str, Leaf]] = {
    "Int": Leaf(_int, int, is_bounded=True),
    "Float": Leaf(_float, float),
    "String": Leaf(_text, str),
    "ID": Leaf(_id, str),
    "Boolean": Leaf(_boolean, bool),
}


def enum_leaf(names: Iterable[str]) -> Leaf:
    """The leaf of an enum with these values."""
    members = frozenset(names)
    return Leaf(lambda value: value if isinstance(value, str) and value in members else None, str, members=members)
