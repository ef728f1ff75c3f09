"""Random values of fields: right ones, nulls, errors, wrong types, awaitables; each can be read more than once."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from graphql import GraphQLError, Undefined

from tests.factories.graphql_sketches import Sketch, named


class Sad(Exception):
    """An error of a resolver."""


class Later:
    """An awaitable that can be awaited again and again, as both executors read the same values."""

    def __init__(self, value: object, ticks: int) -> None:
        self.value = value
        self.ticks = ticks

    def __await__(self) -> Generator[None, None, object]:
        for _ in range(self.ticks):
            yield
        return came(self.value)

    def __repr__(self) -> str:
        return f"Later({self.value!r}, {self.ticks})"


class Throw:
    """Raised where it is read."""

    def __init__(self, make: Callable[[], Exception]) -> None:
        self.make = make

    def __repr__(self) -> str:
        return f"Throw({self.make()!r})"


class Each:
    """Iterable and nothing more: no length, no index."""

    def __init__(self, items: list[object]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[object]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Each({self.items!r})"


class Stream:
    """An asynchronous iterable."""

    def __init__(self, items: list[object]) -> None:
        self.items = items

    async def __aiter__(self) -> AsyncIterator[object]:
        for item in self.items:
            yield item

    def __repr__(self) -> str:
        return f"Stream({self.items!r})"


class Called:
    """A method among the attributes: the default resolver calls it."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __call__(self, info: Any, /, **arguments: object) -> object:
        info.context.note(info, arguments)
        return came(self.value)

    def __repr__(self) -> str:
        return f"Called({self.value!r})"


class Raising:
    """An object of which some attributes raise when they are read; they stand in its `_raising`."""

    def put(self, name: str, value: object) -> None:
        if isinstance(value, Throw):
            self.__dict__["_raising"][name] = value
        else:
            setattr(self, name, value)

    def __getattr__(self, name: str) -> object:
        raising = self.__dict__.get("_raising", {})
        if name in raising:
            raise raising[name].make()
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Record(Raising):
    """An object whose attributes are its fields; some raise when they are read."""

    def __init__(self, kind: str | None) -> None:
        self._kind = kind
        # graphql-core's own type resolver looks for this one, mangled
        self.__typename = kind
        self._raising: dict[str, Throw] = {}

    def __repr__(self) -> str:
        return f"<{self._kind}>"


class Shelf(dict[str, object]):
    """A mapping as a value, with a repr that does not follow cycles."""

    def put(self, name: str, value: object) -> None:
        self[name] = value.make() if isinstance(value, Throw) else value

    def __repr__(self) -> str:
        return f"<shelf of {self.get('__typename')}>"


def came(value: object) -> object:
    """The value, or its exception raised."""
    if isinstance(value, Throw):
        raise value.make()
    return value


def fetch(source: object, name: str) -> object:
    """What a custom resolver reads: the raw value of the field, whatever it is."""
    if isinstance(source, Mapping):
        return source.get(name)
    raising = getattr(source, "_raising", {})
    return raising[name] if name in raising else getattr(source, name, None)


def kind_of(value: object) -> object:
    return value.get("__typename") if isinstance(value, Mapping) else getattr(value, "_kind", None)


ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: Sad("sad"),
    lambda: ValueError("value 'quoted' \n line"),
    lambda: KeyError("key"),
    TypeError,
    lambda: GraphQLError("told", extensions={"code": "TOLD"}),
    lambda: AttributeError("attribute"),
    lambda: LookupError("%s {braces}"),
)
RIGHT: dict[str, tuple[object, ...]] = {
    "Int": (0, 1, -5, 2**31 - 1, -(2**31)),
    "Float": (0.0, -0.0, 1.5, 3, 1e300, -7),
    "String": ("", "text", "ünï😀", 'quo"te', "\x00\n", "__class__"),
    "Boolean": (True, False),
    "ID": ("1", "x", 7, 2**70),
    "Odd": (0, 3, "text", [1, {"a": None}], {"b": 1}, 2.5, True),
}
WRONG: tuple[object, ...] = (
    *("", "7", "7.5", "nope", True, 3.0, 3.5, float("nan"), float("inf"), 2**31, 2**60, 10**400, b"bytes", -0.0),
    *([], [None], {}, {"a": 1}, (), Decimal(2), Decimal("2.5"), object, Undefined, {1}, "fail", "none", "undefined"),
)


@dataclass(slots=True)
class Values:
    """Draws the values of one case; `rate` is how often one goes wrong."""

    sketch: Sketch
    random: Random
    rate: float
    enum_values: Mapping[str, Mapping[str, object]]
    #: types whose objects do not turn up where another type is due
    never_wrong: frozenset[str] = frozenset()
    pool: dict[str, list[Any]] = field(default_factory=dict)

    def fill(self, make: Callable[[str], Any], put: Callable[[Any, str, object], None], count: int = 2) -> None:
        """Make the objects of every type, then let their fields refer to one another."""
        for name in self.sketch.objects:
            self.pool[name] = [make(name) for _ in range(count if name not in ("Query", "Mutation") else 1)]
        for name, fields in self.sketch.objects.items():
            for each in self.pool[name]:
                for key, declared in fields.items():
                    put(each, key, self.draw(declared.type, callable_too=declared.how == "default"))

    def draw(self, type_text: str, *, callable_too: bool = False) -> object:
        """What a field of the type may be found to be."""
        random = self.random
        if callable_too and random.random() < 0.04:
            return Called(self.draw(type_text))
        if self.sketch.is_async and random.random() < 0.05:
            return Later(self.draw(type_text), random.randint(0, 3))
        if random.random() < self.rate:
            return self._fault()
        if not type_text.endswith("!"):
            if random.random() < 0.08:
                return None
        else:
            type_text = type_text[:-1]
        if type_text.startswith("["):
            return self._list(type_text[1:-1])
        return self._single(type_text)

    def _fault(self) -> object:
        roll = self.random.random()
        if roll < 0.3:
            return Throw(self.random.choice(ERRORS))
        if roll < 0.5:
            return self.random.choice(ERRORS)()
        return None if roll < 0.7 else self.random.choice(WRONG)

    def _list(self, item_type: str) -> object:
        items = [self._item(item_type) for _ in range(self.random.randint(0, 2 + (not self._nested(item_type))))]
        if self.random.random() < 0.8:
            return items
        makers: tuple[Callable[[list[object]], object], ...] = (
            *(tuple, deque, Each, lambda items: dict(enumerate(items)).values()),
            *((Stream, Stream) if self.sketch.is_async else ()),
        )
        return self.random.choice(makers)(items)

    def _nested(self, item_type: str) -> bool:
        return item_type.startswith("[") or self.sketch.is_composite(named(item_type))

    def _item(self, item_type: str) -> object:
        drawn = self.draw(item_type)
        # nothing is raised where a list's item is read: there it can only be the exception itself
        return drawn.make() if isinstance(drawn, Throw) else drawn

    def _single(self, name: str) -> object:
        random = self.random
        if self.sketch.is_composite(name):
            possible = self.sketch.possible(name)
            if random.random() < self.rate / 2 or not possible:
                possible = [each for each in self.sketch.objects if each not in self.never_wrong]
            return random.choice(self.pool[random.choice(possible)])
        if name in self.enum_values:
            return random.choice(list(self.enum_values[name].values()))
        return random.choice(RIGHT[name])
