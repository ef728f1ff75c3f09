"""When something of an operation is asked for, if variables of `@skip` and `@include` decide it.

Guards are kept in a plan and decided per request: a request's fetches ask with `@include(if:)` of a variable of the
router's own. They are shared like the fragments they come from, so there are no more of them than of those.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from graphql import NamedTypeNode, NameNode, NonNullTypeNode, VariableDefinitionNode, VariableNode


class Join(StrEnum):
    """How the parts of a guard work together."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A variable with the value that lets something through."""

    variable: str
    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Several guards, all or any of which must hold."""

    join: Join
    parts: "tuple[Guard, ...]"


Guard = Literal | Combined


def both(one: Guard | None, other: Guard | None) -> Guard | None:
    """What holds where both do; None always holds."""
    if one is None or other is None or one is other:
        return one or other
    return Combined(Join.ALL, (*_parts(one, Join.ALL), *_parts(other, Join.ALL)))


def either(one: Guard | None, other: Guard | None) -> Guard | None:
    """What holds where one of them does; None always holds."""
    if one is None or other is None:
        return None
    parts = dict.fromkeys((*_parts(one, Join.ANY), *_parts(other, Join.ANY)))
    return one if len(parts) == 1 else Combined(Join.ANY, tuple(parts))


def _parts(guard: Guard, join: Join) -> tuple[Guard, ...]:
    return guard.parts if isinstance(guard, Combined) and guard.join is join else (guard,)


@dataclass(slots=True)
class Decided:
    """The guards of one request, each decided once; `values` are those of the operation's variables."""

    values: Mapping[str, bool]
    _known: dict[Guard, bool] = field(default_factory=dict[Guard, bool])

    def holds(self, guard: Guard | None) -> bool:
        """Whether what is guarded is asked for."""
        if guard is None:
            return True
        if isinstance(guard, Literal):
            return self.values[guard.variable] is guard.value
        found = self._known.get(guard)
        if found is None:
            decide = all if guard.join is Join.ALL else any
            found = self._known[guard] = decide(self.holds(part) for part in guard.parts)
        return found


class GuardNames:
    """The variables that stand for guards in the requests of one plan; `definitions` are all there are."""

    def __init__(self, definitions: Mapping[str, VariableDefinitionNode] | None = None) -> None:
        self.definitions = dict(definitions or {})
        self._names: dict[Guard, str] = {}

    def of(self, guard: Guard) -> str:
        """The variable of a guard."""
        found = self._names.get(guard)
        if found is None:
            found = self._names[guard] = next(name for name in self._free() if name not in self.definitions)
            self.definitions[found] = _boolean(found)
        return found

    def values(self, decided: Decided) -> dict[str, bool]:
        """What the variables are for one request."""
        return {name: decided.holds(guard) for guard, name in self._names.items()}

    def _free(self) -> Iterator[str]:
        number = len(self._names)
        while True:
            yield f"__if{number}"
            number += 1


def _boolean(name: str) -> VariableDefinitionNode:
    return VariableDefinitionNode(
        variable=VariableNode(name=NameNode(value=name)),
        type=NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="Boolean"))),
        directives=(),
    )
