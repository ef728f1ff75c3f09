"""Prices of the ways to resolve the fields of one object, and the sets of jumps that are worth considering."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import combinations
from math import inf
from typing import Final, TypeAlias

from router.planning.guards import Guard, either
from router.planning.reach import Jump
from router.planning.selections import Field, Selection

#: sequential hops, requests, fields; compared in this order
Cost: TypeAlias = tuple[float, float, float]
FREE: Final[Cost] = (0, 0, 0)
IMPOSSIBLE: Final[Cost] = (inf, inf, inf)

_EXHAUSTIVE_TARGETS: Final = 5
_ALTERNATIVES: Final = 6


def beside(one: Cost, other: Cost) -> Cost:
    """The cost of both at the same time."""
    return (max(one[0], other[0]), one[1] + other[1], one[2] + other[2])


def dearer(one: Cost, other: Cost) -> Cost:
    """The cost of both when they share their requests."""
    return (max(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2]))


def after_opening(prepared: Cost, below: Cost) -> Cost:
    """The cost of something behind a jump but for the jump's own request; `prepared` is what the jump waits for."""
    return (prepared[0] + 1 + below[0], prepared[1] + below[1], prepared[2] + below[2])


@dataclass(frozen=True, slots=True)
class Choice:
    """One field (or a part of its sub-selection) and where it is resolved: here, or after a jump."""

    field: Field
    jump: Jump | None
    requires: Selection | None = None


Choices: TypeAlias = tuple[Choice, ...]


def guards_of_jumps(choices: Iterable[Choice]) -> dict[tuple[Jump | None, Selection | None], Guard | None]:
    """When each jump is made: for any of the fields that are behind it."""
    guards: dict[tuple[Jump | None, Selection | None], Guard | None] = {}
    for choice in choices:
        key = (choice.jump, choice.requires)
        guards[key] = either(guards[key], choice.field.guard) if key in guards else choice.field.guard
    return guards


@dataclass(frozen=True, slots=True)
class Opening:
    """A jump and the cost of what must be known before it."""

    jump: Jump
    prepared: Cost


@dataclass(slots=True)
class Options:
    """Per subgraph: the way there, and the cost of each field there (hops from here; without the jump's request)."""

    here: dict[Field, Cost] = dataclass_field(default_factory=dict[Field, Cost])
    there: dict[str, dict[Field, Cost]] = dataclass_field(default_factory=dict[str, dict[Field, Cost]])
    openings: dict[str, Opening] = dataclass_field(default_factory=dict[str, Opening])
    requires: dict[tuple[str, Field], Selection] = dataclass_field(default_factory=dict[tuple[str, Field], Selection])

    def cheapest(self, field: Field, chosen: frozenset[str]) -> tuple[Cost, str | None]:
        """The least cost of a field with these jumps, and the subgraph (None: here)."""
        best, where = self.here.get(field, IMPOSSIBLE), None
        for name in sorted(chosen):
            cost = self.there[name].get(field, IMPOSSIBLE)
            if cost < best:
                best, where = cost, name
        return best, where

    def price(self, fields: Sequence[Field], chosen: frozenset[str]) -> Cost:
        """The cost of all fields with these jumps."""
        total = FREE
        for name in chosen:
            prepared = self.openings[name].prepared
            total = (total[0], total[1] + prepared[1] + 1, total[2] + prepared[2])
        for field in fields:
            total = beside(total, self.cheapest(field, chosen)[0])
        return total

    def choices(self, fields: Sequence[Field], chosen: frozenset[str]) -> Choices:
        """Where each field is resolved with these jumps."""
        return tuple(self._choice(field, self.cheapest(field, chosen)[1]) for field in fields)

    def _choice(self, field: Field, name: str | None) -> Choice:
        if name is None:
            return Choice(field, None)
        return Choice(field, self.openings[name].jump, self.requires.get((name, field)))

    def sources(self, field: Field) -> list[Cost]:
        """The costs of a field in every place that answers it."""
        there = [prices[field] for prices in self.there.values() if field in prices]
        return [self.here[field], *there] if field in self.here else there

    def is_possible(self, field: Field) -> bool:
        """True when the field can be resolved as a whole, here or behind one jump."""
        return field in self.here or any(field in prices for prices in self.there.values())

    def inevitable(self, fields: Sequence[Field]) -> frozenset[str]:
        """Subgraphs that alone can answer one of the fields."""
        only: set[str] = set()
        for field in fields:
            if field not in self.here:
                able = [name for name, prices in self.there.items() if field in prices]
                if len(able) == 1:
                    only.add(able[0])
        return frozenset(only)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The best set of jumps for some fields, and the other sets that would do."""

    fields: tuple[Field, ...]
    options: Options
    best: frozenset[str]
    others: tuple[frozenset[str], ...] = ()

    @property
    def cost(self) -> Cost:
        """What the best set costs."""
        return self.options.price(self.fields, self.best)

    @property
    def choices(self) -> Choices:
        """Where each field is resolved with the best set."""
        return self.options.choices(self.fields, self.best)

    def all_choices(self) -> Iterator[Choices]:
        """The choices of the best set and of the others, of those that use all their jumps."""
        yield self.choices
        for chosen in self.others:
            choices = self.options.choices(self.fields, chosen)
            used = frozenset(choice.jump.subgraph for choice in choices if choice.jump is not None)
            if used == chosen:
                yield choices


def assign(fields: tuple[Field, ...], options: Options, *, is_greedy: bool) -> Assignment:
    """The set of jumps with the least cost; found greedily when there are too many sets."""
    must = options.inevitable(fields)
    if not must and options.price(fields, must)[0] == 0:
        return Assignment(fields, options, must)
    may = [name for name in options.there if name not in must and any(f in options.there[name] for f in fields)]
    if not may:
        return Assignment(fields, options, must)
    if is_greedy or len(may) > _EXHAUSTIVE_TARGETS:
        return Assignment(fields, options, _greedy(fields, must, may, options))
    sets = [must | frozenset(extra) for size in range(len(may) + 1) for extra in combinations(may, size)]
    prices: Mapping[frozenset[str], Cost] = {chosen: options.price(fields, chosen) for chosen in sets}
    possible = sorted((chosen for chosen in sets if prices[chosen] < IMPOSSIBLE), key=prices.__getitem__)
    return Assignment(fields, options, possible[0], tuple(possible[1 : 1 + _ALTERNATIVES]))


def _greedy(fields: tuple[Field, ...], must: frozenset[str], may: Sequence[str], options: Options) -> frozenset[str]:
    """Few jumps among those that keep the number of hops at its least."""
    everywhere = must | frozenset(may)
    hops = max(options.cheapest(field, everywhere)[0][0] for field in fields)
    chosen = must
    unreached = [field for field in fields if options.cheapest(field, chosen)[0][0] > hops]
    while unreached:
        served = {name: [f for f in unreached if options.there[name].get(f, IMPOSSIBLE)[0] <= hops] for name in may}
        best = max(may, key=lambda name: len(served[name]))
        chosen |= {best}
        unreached = [field for field in unreached if field not in served[best]]
    return chosen
