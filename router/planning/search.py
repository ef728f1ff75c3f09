"""The cheapest way to resolve a selection: a memoised search over (selection, type, subgraph).

A field move costs 1, an entity jump 1000 plus what its key and `@requires` cost. Fields of one object are assigned
together, so that a jump is paid once. When the budget is spent, assignments become greedy instead of exhaustive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import combinations
from math import inf
from typing import Final, TypeAlias

from router.planning.narrowing import Narrowing, joined
from router.planning.reach import Jump, Place, Reach
from router.planning.selections import TYPENAME, Field, Fragment, Selection
from router.planning.supergraph import Supergraph, TypeKind

JUMP_COST: Final = 1000.0
_FIELD_COST: Final = 1.0
_EXHAUSTIVE_TARGETS: Final = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One field (or a part of its sub-selection) and where it is resolved: here, or after a jump."""

    field: Field
    jump: Jump | None
    requires: Selection | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The choices for the fields of one object and their cost; an infinite cost means they cannot be resolved."""

    cost: float
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class AbstractDecision:
    """For an interface or union: fields resolved as they are, and what remains to be asked per object type."""

    cost: float
    local: tuple[Field, ...]
    per_type: Mapping[str, Selection]
    jump: Jump | None = None
    remainder: Selection | None = None


@dataclass(slots=True)
class Budget:
    """How many decisions may be searched exhaustively."""

    decisions: int = 20_000

    def spend(self) -> None:
        """Count one decision."""
        self.decisions -= 1

    @property
    def is_spent(self) -> bool:
        """True when only greedy choices are allowed."""
        return self.decisions <= 0


_Target: TypeAlias = tuple[Jump, Place]
_NO_CHOICES: Final = Decision(0.0, ())


@dataclass(slots=True)
class _Options:
    """Per subgraph: the cost of each field there; and the jump leading there (None: already there)."""

    here: dict[Field, float] = dataclass_field(default_factory=dict[Field, float])
    there: dict[str, dict[Field, float]] = dataclass_field(default_factory=dict[str, dict[Field, float]])
    jumps: dict[str, tuple[float, Jump]] = dataclass_field(default_factory=dict[str, tuple[float, Jump]])
    requires: dict[tuple[str, Field], Selection] = dataclass_field(default_factory=dict[tuple[str, Field], Selection])


class Search:
    """One operation's search; holds the memory of everything decided so far."""

    def __init__(self, supergraph: Supergraph, narrowing: Narrowing, budget: Budget) -> None:
        self._supergraph = supergraph
        self._narrowing = narrowing
        self._budget = budget
        self.reach = Reach(supergraph, narrowing)
        self._objects: dict[tuple[tuple[Field, ...], str, Place], Decision] = {}
        self._abstract: dict[tuple[Selection, str, Place], AbstractDecision] = {}
        self._parts: dict[Field, tuple[Field, ...]] = {}
        self._single_jumps: dict[tuple[str, str, Place], tuple[float, Jump] | None] = {}

    def cost(self, selection: Selection | None, type_name: str, place: Place) -> float:
        """What it costs to resolve the selection on a value of the type; infinite when impossible."""
        if selection is None or self._supergraph.kind(type_name) is TypeKind.LEAF:
            return 0.0
        if self.is_abstract(type_name):
            return self.decide_abstract(selection, type_name, place).cost
        return self.decide(self._narrowing.fields_of(selection, type_name), type_name, place).cost

    def is_abstract(self, type_name: str) -> bool:
        """True for interfaces (also where a subgraph sees an interface object) and unions."""
        return self._supergraph.kind(type_name) in {TypeKind.INTERFACE, TypeKind.UNION}

    def decide(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Decision:
        """Where to resolve each of the fields of an object."""
        if not fields:
            return _NO_CHOICES
        key = (fields, type_name, place)
        found = self._objects.get(key)
        if found is None:
            self._budget.spend()
            found = self._objects[key] = self._decide(fields, type_name, place)
        return found

    def enter(self, fields: tuple[Field, ...], type_name: str) -> Decision:
        """Where to resolve the fields of a root type."""
        nowhere = Place("")
        options = _Options()
        for subgraph in sorted(self._supergraph.types[type_name].subgraphs):
            options.jumps[subgraph] = (JUMP_COST, Jump(subgraph, type_name, None))
            self._price_there(fields, type_name, options, (options.jumps[subgraph][1], nowhere))
        return self._assign(fields, type_name, options, nowhere)

    def _decide(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Decision:
        options = _Options()
        for field in fields:
            options.here[field] = self._direct_cost(field, type_name, place)
        if max(options.here.values()) < JUMP_COST:
            return Decision(sum(options.here.values()), tuple(Choice(field, None) for field in fields))
        for subgraph, jump in self._jumps(type_name, place).items():
            options.jumps[subgraph] = jump
            self._price_there(fields, type_name, options, (jump[1], place))
        return self._assign(fields, type_name, options, place)

    def _direct_cost(self, field: Field, type_name: str, place: Place, *, with_requires: bool = False) -> float:
        if field.name == TYPENAME:
            return 0.0
        join = self.reach.direct(type_name, field, place)
        if join is None or (join.requires is not None and not with_requires):
            return inf
        below = place.inside(self.reach.provided_below(type_name, field, join, place))
        return _FIELD_COST + self.cost(field.selection, join.type_name, below)

    def _jumps(self, type_name: str, place: Place) -> Mapping[str, tuple[float, Jump]]:
        best: dict[str, tuple[float, Jump]] = {}
        for jump in self.reach.jumps(type_name, place):
            cost = self._jump_cost(jump, type_name, place)
            if cost < best.get(jump.subgraph, (inf, jump))[0]:
                best[jump.subgraph] = (cost, jump)
        return best

    def _jump_cost(self, jump: Jump, type_name: str, place: Place) -> float:
        if jump.key is None:
            return JUMP_COST
        preparing = place.during(type_name, jump.subgraph)
        return JUMP_COST + self.cost(jump.key, type_name, preparing)

    def _price_there(self, fields: tuple[Field, ...], type_name: str, options: _Options, target: _Target) -> None:
        jump, place = target
        prices = options.there.setdefault(jump.subgraph, {})
        there = place.after(jump)
        for field in fields:
            # a field may be the interface's (through @interfaceObject) rather than the object's
            is_typename = field.name == TYPENAME
            cost = inf if is_typename else self._direct_cost(field, jump.type_name, there, with_requires=True)
            join = self.reach.direct(jump.type_name, field, there) if cost < inf else None
            if join is not None and join.requires is not None:
                options.requires[jump.subgraph, field] = join.requires
                marker = (type_name, jump.subgraph, field.name)
                cost += self._requires_cost(join.requires, type_name, place, marker)
            if cost < inf:
                prices[field] = cost

    def _requires_cost(self, requires: Selection, type_name: str, place: Place, marker: tuple[str, str, str]) -> float:
        if marker in place.under_way:
            return inf
        return self.cost(requires, type_name, place.during(*marker))

    def _assign(self, fields: tuple[Field, ...], type_name: str, options: _Options, place: Place) -> Decision:
        possible, split = self._split_impossible(fields, options)
        targets = [name for name in options.jumps if any(f in options.there[name] for f in possible)]
        best = self._best_targets(possible, targets, options)
        choices: list[Choice] = [_choice(field, best, options) for field in possible]
        cost = self._price(possible, best, options)
        for field in split:
            parts = self._split(field, type_name, place, is_root=not place.subgraph)
            cost += parts.cost
            choices.extend(parts.choices)
        return Decision(cost, tuple(choices)) if cost < inf else Decision(inf, ())

    def _split_impossible(
        self, fields: tuple[Field, ...], options: _Options
    ) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
        def is_possible(field: Field) -> bool:
            there = (prices.get(field, inf) for prices in options.there.values())
            return min(options.here.get(field, inf), *there, inf) < inf

        possible = tuple(field for field in fields if is_possible(field))
        return possible, tuple(field for field in fields if not is_possible(field))

    def _best_targets(self, fields: tuple[Field, ...], targets: Sequence[str], options: _Options) -> frozenset[str]:
        must = _only_targets(fields, options)
        may = [name for name in targets if name not in must]
        if self._price(fields, must, options) < inf and not may:
            return must
        if len(may) > _EXHAUSTIVE_TARGETS or self._budget.is_spent:
            return self._greedy_targets(fields, must, may, options)
        sets = (must | frozenset(extra) for size in range(len(may) + 1) for extra in combinations(may, size))
        return min(sets, key=lambda chosen: self._price(fields, chosen, options))

    def _greedy_targets(
        self, fields: tuple[Field, ...], must: frozenset[str], may: Sequence[str], options: _Options
    ) -> frozenset[str]:
        chosen = must
        unreached = [field for field in fields if _choice_cost(field, chosen, options) == inf]
        while unreached:
            best = max(may, key=lambda name: sum(field in options.there[name] for field in unreached))
            chosen |= {best}
            unreached = [field for field in unreached if field not in options.there[best]]
        return chosen

    def _price(self, fields: tuple[Field, ...], chosen: frozenset[str], options: _Options) -> float:
        opening = sum(options.jumps[name][0] for name in chosen)
        return opening + sum(_choice_cost(field, chosen, options) for field in fields)

    def _split(self, field: Field, type_name: str, place: Place, *, is_root: bool) -> Decision:
        """A composite field no single subgraph can answer: each leaf goes its own way, then parts are joined."""
        parts = self._parts.get(field)
        if parts is None:
            leaves = _leaves(field.selection) if field.selection is not None else []
            parts = self._parts[field] = tuple(field.with_selection(leaf) for leaf in leaves)
        if len(parts) <= 1:
            return Decision(inf, ())
        groups: dict[tuple[Jump | None, Selection | None], list[Field]] = {}
        for part in parts:
            decided = self.enter((part,), type_name) if is_root else self.decide((part,), type_name, place)
            if decided.cost == inf:
                return decided
            for choice in decided.choices:
                groups.setdefault((choice.jump, choice.requires), []).append(choice.field)
        cost = sum(JUMP_COST if jump else _FIELD_COST for jump, _ in groups)
        return Decision(cost, tuple(Choice(_union(same), *route) for route, same in groups.items()))

    def decide_abstract(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        """What to ask of an interface or union as it is, and what per object type."""
        key = (selection, type_name, place)
        found = self._abstract.get(key)
        if found is None:
            self._budget.spend()
            if self._supergraph.is_interface_object(type_name, place.subgraph):
                found = self._decide_interface_object(selection, type_name, place)
            else:
                found = self._decide_abstract(selection, type_name, place)
            self._abstract[key] = found
        return found

    def _decide_abstract(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        view = self._narrowing.abstract_view(selection, type_name)
        prices = {field: self._local_cost(field, type_name, place) for field in view.fields}
        local = tuple(field for field, cost in prices.items() if cost < inf)
        rest = self._narrowing.remainder(selection, type_name, frozenset(field.key for field in local))
        per_type: dict[str, Selection] = {}
        worst = 0.0
        for object_type in self._supergraph.possible_types(type_name, place.subgraph) if rest.items else ():
            fields = self._narrowing.fields_of(rest, object_type)
            if fields:
                per_type[object_type] = rest
                worst = max(worst, self.decide(fields, object_type, place).cost)
        return AbstractDecision(sum(prices[field] for field in local) + worst, local, per_type)

    def _local_cost(self, field: Field, type_name: str, place: Place) -> float:
        if not self.reach.is_local(type_name, field, place):
            return inf
        return self._direct_cost(field, type_name, place)

    def _decide_interface_object(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        view = self._narrowing.abstract_view(selection, type_name)
        prices = {
            field: inf if field.name == TYPENAME else self._direct_cost(field, type_name, place)
            for field in view.fields
        }
        local = tuple(field for field, cost in prices.items() if cost < inf)
        cost = sum(prices[field] for field in local)
        rest = self._narrowing.remainder(selection, type_name, frozenset(field.key for field in local))
        if len(local) == len(view.fields) and not view.has_fragments:
            return AbstractDecision(cost, local, {})
        best, best_jump = inf, None
        for jump in self.reach.jumps(type_name, place):
            price = self._jump_cost(jump, type_name, place)
            price += self.cost(rest, type_name, place.during(type_name, jump.subgraph).after(jump))
            if price < best:
                best, best_jump = price, jump
        return AbstractDecision(cost + best, local, {}, best_jump, rest)


def _only_targets(fields: tuple[Field, ...], options: _Options) -> frozenset[str]:
    only: set[str] = set()
    for field in fields:
        if options.here.get(field, inf) == inf:
            able = [name for name, prices in options.there.items() if prices.get(field, inf) < inf]
            if len(able) == 1:
                only.add(able[0])
    return frozenset(only)


def _choice_cost(field: Field, chosen: frozenset[str], options: _Options) -> float:
    there = min((options.there[name].get(field, inf) for name in chosen), default=inf)
    return min(options.here.get(field, inf), there)


def _choice(field: Field, chosen: frozenset[str], options: _Options) -> Choice:
    best = min(sorted(chosen), key=lambda name: options.there[name].get(field, inf), default=None)
    if best is None or options.here.get(field, inf) <= options.there[best].get(field, inf):
        return Choice(field, None)
    return Choice(field, options.jumps[best][1], options.requires.get((best, field)))


def _leaves(selection: Selection) -> list[Selection]:
    leaves: list[Field | Fragment] = []
    for item in selection.items:
        if isinstance(item, Fragment):
            leaves.extend(Fragment(item.type_condition, leaf, item.defer) for leaf in _leaves(item.selection))
        elif item.selection is None:
            leaves.append(item)
        else:
            leaves.extend(item.with_selection(leaf) for leaf in _leaves(item.selection))
    return [Selection([leaf], is_hidden=selection.is_hidden, together=selection.together) for leaf in leaves]


def _union(fields: Sequence[Field]) -> Field:
    if len(fields) == 1:
        return fields[0]
    return fields[0].with_selection(joined(field.selection for field in fields if field.selection is not None))
