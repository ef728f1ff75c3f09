"""The cheapest way to resolve a selection: a memoised search over (selection, type, subgraph).

A cost is (hops, requests, fields). Fields of one object are assigned together, so that a jump is paid once. When the
budget is spent, assignments become greedy instead of exhaustive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from router.planning.budget import Budget
from router.planning.circles import CircleGuard, Trail
from router.planning.narrowing import Narrowing, joined
from router.planning.pricing import (
    FREE,
    IMPOSSIBLE,
    Assignment,
    Choice,
    Choices,
    Cost,
    Opening,
    Options,
    after_opening,
    assign,
    beside,
    dearer,
)
from router.planning.reach import Jump, Place, Reach
from router.planning.selections import TYPENAME, Field, Fragment, Selection
from router.planning.supergraph import Supergraph, TypeKind

DecisionKey = tuple[tuple[Field, ...], str, Place]


@dataclass(frozen=True, slots=True)
class Decision:
    """The choices for the fields of one object and their cost; an infinite cost means they cannot be resolved."""

    cost: Cost
    choices: Choices
    assignments: tuple[tuple[Assignment, Choices], ...] = ()

    @property
    def has_alternatives(self) -> bool:
        """True when other choices would do, too."""
        return len(self.assignments) > 1 or any(assignment.others for assignment, _ in self.assignments)

    def all_choices(self) -> Iterator[Choices]:
        """The choices and their alternatives."""
        for assignment, parts in self.assignments:
            for choices in assignment.all_choices():
                yield (*choices, *parts)


@dataclass(frozen=True, slots=True)
class AbstractDecision:
    """For an interface or union: fields resolved as they are, and what remains to be asked per object type.

    Of an interface object `choices` are fields asked elsewhere without knowing its type; the `remainder` is asked
    after the `jump` to where its type is known.
    """

    cost: Cost
    local: tuple[Field, ...]
    per_type: Mapping[str, Selection]
    jump: Jump | None = None
    remainder: Selection | None = None
    choices: Choices = ()


class Search:
    """One operation's search; holds the memory of everything decided so far."""

    def __init__(self, supergraph: Supergraph, narrowing: Narrowing, budget: Budget) -> None:
        self._supergraph = supergraph
        self._narrowing = narrowing
        self._budget = budget
        self.reach = Reach(supergraph, narrowing)
        self._objects: dict[DecisionKey, Decision] = {}
        self._abstract: dict[tuple[Selection, str, Place], AbstractDecision] = {}
        self._parts: dict[Field, tuple[Field, ...]] = {}
        self._openings: dict[tuple[str, Place], Mapping[str, Opening]] = {}
        self._circles = CircleGuard()
        self._free: dict[DecisionKey, tuple[Decision, Trail]] = {}

    def cost(self, selection: Selection | None, type_name: str, place: Place) -> Cost:
        """What it costs to resolve the selection on a value of the type; infinite when impossible."""
        if selection is None or self._supergraph.kind(type_name) is TypeKind.LEAF:
            return FREE
        if self.is_abstract(type_name):
            return self.decide_abstract(selection, type_name, place).cost
        return self.decide(self._narrowing.fields_of(selection, type_name), type_name, place).cost

    def is_abstract(self, type_name: str) -> bool:
        """True for interfaces (also where a subgraph sees an interface object) and unions."""
        return self._supergraph.kind(type_name) in {TypeKind.INTERFACE, TypeKind.UNION}

    def decide(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Decision:
        """Where to resolve each of the fields of an object."""
        if not fields:
            return Decision(FREE, ())
        key = (fields, type_name, place)
        if key not in self._objects and (free := self._decided_elsewhere(key)) is not None:
            return free
        return self._circles.recall(self._objects, key, lambda: self._decide_anew(key))

    def _decided_elsewhere(self, key: DecisionKey) -> Decision | None:
        """The decision made while other requirements were under way, if none of those matters here."""
        fields, type_name, place = key
        known = self._free.get((fields, type_name, place.without_requirements()))
        if known is None or not known[1].met.isdisjoint(place.under_way):
            return None
        self._circles.trail.add(known[1])
        return known[0]

    def _decide_anew(self, key: DecisionKey) -> Decision:
        fields, type_name, place = key
        self._budget.spend()
        found = self._decide(*key) if place.subgraph else self._enter(*key)
        if not self._circles.trail.is_blocked:
            self._free[fields, type_name, place.without_requirements()] = (found, self._circles.trail)
        return found

    def _enter(self, fields: tuple[Field, ...], type_name: str, nowhere: Place) -> Decision:
        options = Options()
        for subgraph in sorted(self._supergraph.types[type_name].subgraphs):
            options.openings[subgraph] = Opening(Jump(subgraph, type_name, None), FREE)
            self._price_there(fields, type_name, options, (options.openings[subgraph], nowhere))
        return self._assigned(fields, type_name, options, nowhere)

    def _decide(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Decision:
        options = Options()
        total = FREE
        for field in fields:
            cost = self._direct_cost(field, type_name, place)
            total = beside(total, cost)
            if cost < IMPOSSIBLE:
                options.here[field] = cost
        if total[0] == 0:
            return Decision(total, tuple(Choice(field, None) for field in fields))
        for subgraph, opening in self._ways(type_name, place).items():
            options.openings[subgraph] = opening
            self._price_there(fields, type_name, options, (opening, place))
        return self._assigned(fields, type_name, options, place)

    def _direct_cost(self, field: Field, type_name: str, place: Place, *, with_requires: bool = False) -> Cost:
        if field.name == TYPENAME:
            return FREE
        join = self.reach.direct(type_name, field, place)
        if join is None or (join.needs_jump and not with_requires):
            return IMPOSSIBLE
        if field.selection is None:
            return _ONE_FIELD
        below = place.inside(self.reach.provided_below(type_name, field, join, place))
        return beside(_ONE_FIELD, self.cost(field.selection, join.type_name, below))

    def _ways(self, type_name: str, place: Place) -> Mapping[str, Opening]:
        """The cheapest way to every subgraph that can be jumped to, possibly over others on the way."""
        return self._circles.recall(self._openings, (type_name, place), lambda: self._find_ways(type_name, place))

    def _find_ways(self, type_name: str, place: Place) -> Mapping[str, Opening]:
        """Ways over one jump, then over two, and so on."""
        place = place.returned()
        best: dict[str, Opening] = {}
        waiting = list(self.reach.jumps(type_name, place))
        news: frozenset[str] | None = None
        while waiting and (news is None or news):
            found: dict[str, Opening] = {}
            for jump in waiting:
                if news is not None and not self._helps(news, jump, type_name):
                    continue
                self._budget.spend()
                prepared = self._prepared(jump, type_name, place, best)
                known = found.get(jump.subgraph)
                if prepared < (known.prepared if known else IMPOSSIBLE):
                    found[jump.subgraph] = Opening(jump, prepared)
            best |= found
            news = frozenset(found)
            waiting = [jump for jump in waiting if jump.subgraph not in best]
        return best

    def _helps(self, news: frozenset[str], jump: Jump, type_name: str) -> bool:
        """Whether one of the subgraphs knows a field of the jump's key, for the type or for an interface of it."""
        known = self._supergraph.types[type_name]
        types = (known, *(self._supergraph.types[name] for name in known.interfaces))
        keys = self._narrowing.fields_of(jump.key, type_name) if jump.key is not None else ()
        definitions = (it.fields[field.name] for field in keys for it in types if field.name in it.fields)
        return any(not news.isdisjoint(definition.joins) for definition in definitions)

    def _prepared(self, jump: Jump, type_name: str, place: Place, ways: Mapping[str, Opening]) -> Cost:
        """The cost of a jump's key, each of its fields from here or from where one of the ways leads."""
        if jump.key is None:
            return FREE
        fields = self._narrowing.fields_of(jump.key, type_name)
        total, opened = FREE, set[str]()
        for field in fields:
            best, where = self._direct_cost(field, type_name, place), None
            for name, way in ways.items():
                if name != jump.subgraph and way.prepared[0] < best[0]:
                    cost, _ = self._cost_there(field, type_name, way, place)
                    if cost < best:
                        best, where = cost, name
            total = beside(total, best)
            if where is not None:
                opened.add(where)
        for name in opened:
            prepared = ways[name].prepared
            total = (total[0], total[1] + prepared[1] + 1, total[2] + prepared[2])
        return total

    def _price_there(
        self, fields: tuple[Field, ...], type_name: str, options: Options, target: tuple[Opening, Place]
    ) -> None:
        opening, place = target
        subgraph = opening.jump.subgraph
        prices = options.there.setdefault(subgraph, {})
        for field in fields:
            cost, requires = self._cost_there(field, type_name, opening, place)
            if cost < IMPOSSIBLE:
                prices[field] = cost
                if requires is not None:
                    options.requires[subgraph, field] = requires

    def _cost_there(
        self, field: Field, type_name: str, opening: Opening, place: Place
    ) -> tuple[Cost, Selection | None]:
        """What a field costs behind a jump, without the jump's own request, and what it requires before."""
        jump, there = opening.jump, place.after(opening.jump)
        # a field may be the interface's (through @interfaceObject) rather than the object's
        join = self.reach.direct(jump.type_name, field, there) if field.name != TYPENAME else None
        if join is None:
            return IMPOSSIBLE, None
        below = self._direct_cost(field, jump.type_name, there, with_requires=True)
        prepared: Cost = (opening.prepared[0], 0, 0)
        if join.requires is not None:
            marker = (type_name, jump.subgraph, field.name)
            required = self._requires_cost(join.requires, type_name, place, marker)
            needs_own = required[0] > prepared[0]
            prepared = (max(prepared[0], required[0]), required[1] + needs_own, required[2])
        return after_opening(prepared, below), join.requires

    def _requires_cost(self, requires: Selection, type_name: str, place: Place, marker: tuple[str, str, str]) -> Cost:
        if not self._circles.may_enter(marker, place):
            return IMPOSSIBLE
        if self._budget.is_spent:
            return _ONE_JUMP
        return self.cost(requires, type_name, place.during(*marker))

    def _assigned(self, fields: tuple[Field, ...], type_name: str, options: Options, place: Place) -> Decision:
        whole = tuple(field for field in fields if options.is_possible(field))
        best = self._with_splits(whole, fields, options, (type_name, place))
        if self._budget.is_spent:
            return best
        shared = {field for field in whole if self._may_split(field, options, (type_name, place))}
        if not shared:
            return best
        rest = tuple(field for field in whole if field not in shared)
        other = self._with_splits(rest, fields, options, (type_name, place))
        first, second = (best, other) if best.cost <= other.cost else (other, best)
        return Decision(first.cost, first.choices, (*first.assignments, *second.assignments))

    def _may_split(self, field: Field, options: Options, at: tuple[str, Place]) -> bool:
        """Whether parts of a field that several subgraphs share arrive earlier than the whole."""
        if field.selection is None or len(self._supergraph.field(at[0], field.name).joins) <= 1:
            return False
        hops = min(options.sources(field))[0]
        return hops > 0 and self._split(field, *at).cost[0] < hops

    def _with_splits(
        self, whole: tuple[Field, ...], fields: tuple[Field, ...], options: Options, at: tuple[str, Place]
    ) -> Decision:
        assignment = assign(whole, options, is_greedy=self._budget.is_spent)
        cost, parts = assignment.cost, list[Choice]()
        for field in fields:
            if field not in whole:
                split = self._split(field, *at)
                cost = beside(cost, split.cost)
                parts.extend(split.choices)
        if cost == IMPOSSIBLE:
            return Decision(IMPOSSIBLE, ())
        return Decision(cost, (*assignment.choices, *parts), ((assignment, tuple(parts)),))

    def _split(self, field: Field, type_name: str, place: Place) -> Decision:
        """A composite field no single subgraph can answer: each leaf goes its own way, then parts are joined."""
        parts = self._parts.get(field)
        if parts is None:
            leaves = self._leaves(field.selection) if field.selection is not None else []
            parts = self._parts[field] = tuple(field.with_selection(leaf) for leaf in leaves)
        if len(parts) <= 1:
            return Decision(IMPOSSIBLE, ())
        groups: dict[tuple[Jump | None, Selection | None], list[Field]] = {}
        cost = FREE
        for part in parts:
            decided = self.decide((part,), type_name, place)
            cost = dearer(cost, decided.cost)
            for choice in decided.choices:
                groups.setdefault((choice.jump, choice.requires), []).append(choice.field)
        if cost == IMPOSSIBLE:
            return Decision(IMPOSSIBLE, ())
        cost = beside(cost, (0, len(groups) - 1, len(groups)))
        return Decision(cost, tuple(Choice(_union(same), *route) for route, same in groups.items()))

    def _leaves(self, selection: Selection) -> list[Selection]:
        leaves: list[Field | Fragment] = []
        for item in selection.items:
            self._budget.spend()
            if isinstance(item, Fragment):
                leaves.extend(
                    Fragment(item.type_condition, leaf, item.defer, item.guard) for leaf in self._leaves(item.selection)
                )
            else:
                below = self._leaves(item.selection) if item.selection is not None else []
                # a field of which everything is skipped is a leaf, too
                leaves.extend([item.with_selection(leaf) for leaf in below] or [item])
        return [Selection([leaf], is_hidden=selection.is_hidden, together=selection.together) for leaf in leaves]

    def decide_abstract(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        """What to ask of an interface or union as it is, and what per object type."""
        key = (selection, type_name, place)
        return self._circles.recall(self._abstract, key, lambda: self._decide_abstract_anew(*key))

    def _decide_abstract_anew(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        self._budget.spend()
        if self._supergraph.is_interface_object(type_name, place.subgraph):
            return self._decide_interface_object(selection, type_name, place)
        return self._decide_abstract(selection, type_name, place)

    def _decide_abstract(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        view = self._narrowing.abstract_view(selection, type_name)
        prices = {field: self._local_cost(field, type_name, place) for field in view.fields}
        local = tuple(field for field, cost in prices.items() if cost < IMPOSSIBLE)
        rest = self._narrowing.remainder(selection, type_name, frozenset(field.key for field in local))
        per_type: dict[str, Selection] = {}
        worst = FREE
        for object_type in self._supergraph.possible_types(type_name, place.subgraph) if rest.items else ():
            fields = self._narrowing.fields_of(rest, object_type)
            if fields:
                per_type[object_type] = rest
                worst = dearer(worst, self.decide(fields, object_type, place).cost)
        for interface in self._supergraph.interface_objects(type_name, place.subgraph) if rest.items else ():
            per_type[interface] = self._typed(rest, interface)
            worst = dearer(worst, self.decide_abstract(per_type[interface], interface, place).cost)
        for field in local:
            worst = beside(worst, prices[field])
        return AbstractDecision(worst, local, per_type)

    def _typed(self, selection: Selection, interface: str) -> Selection:
        """The selection with what an object is: what was asked for its type alone may not be for it."""
        view = self._narrowing.abstract_view(selection, interface)
        is_typed = view.has_fragments or any(field.name == TYPENAME for field in view.fields)
        return selection if is_typed else joined((selection, _TYPE))

    def _local_cost(self, field: Field, type_name: str, place: Place) -> Cost:
        if not self.reach.is_local(type_name, field, place):
            return IMPOSSIBLE
        return self._direct_cost(field, type_name, place)

    def _decide_interface_object(self, selection: Selection, type_name: str, place: Place) -> AbstractDecision:
        view = self._narrowing.abstract_view(selection, type_name)
        prices = {
            field: IMPOSSIBLE if field.name == TYPENAME else self._direct_cost(field, type_name, place)
            for field in view.fields
        }
        local = tuple(field for field, cost in prices.items() if cost < IMPOSSIBLE)
        total = FREE
        for field in local:
            total = beside(total, prices[field])
        elsewhere = self._untyped_options(tuple(field for field in view.fields if field not in local), type_name, place)
        untyped = tuple(field for field in view.fields if elsewhere.is_possible(field))
        if len(local) + len(untyped) == len(view.fields) and not view.has_fragments:
            assignment = assign(untyped, elsewhere, is_greedy=self._budget.is_spent)
            return AbstractDecision(beside(total, assignment.cost), local, {}, choices=assignment.choices)
        typed = self._narrowing.remainder(selection, type_name, frozenset(field.key for field in (*local, *untyped)))
        best = AbstractDecision(IMPOSSIBLE, local, {}, None, typed)
        for jump in self.reach.jumps(type_name, place):
            there = place.passing(type_name, jump.subgraph).after(jump)
            prepared = self._key_cost(jump, type_name, place.passing(type_name, jump.subgraph))
            price = after_opening(beside(prepared, (0, 1, 0)), self.cost(typed, type_name, there))
            along = {field: after_opening(prepared, self._untyped_cost(field, type_name, there)) for field in untyped}
            along = {field: cost for field, cost in along.items() if cost < IMPOSSIBLE}
            assignment = assign(untyped, replace(elsewhere, here=along), is_greedy=self._budget.is_spent)
            cost = beside(beside(total, price), assignment.cost)
            if cost < best.cost:
                choices = tuple(choice for choice in assignment.choices if choice.jump is not None)
                taken = frozenset((*(field.key for field in local), *(choice.field.key for choice in choices)))
                rest = self._narrowing.remainder(selection, type_name, taken)
                best = AbstractDecision(cost, local, {}, jump, rest, choices)
        return best

    def _untyped_options(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Options:
        """Where fields of an interface object can be had for all of its types alike."""
        options = Options()
        for subgraph, opening in self._ways(type_name, place).items() if fields else ():
            there = place.after(opening.jump)
            options.openings[subgraph] = opening
            able = fields
            if not self._supergraph.is_interface_object(type_name, subgraph):
                able = tuple(field for field in fields if self.reach.is_local(type_name, field, there))
            self._price_there(able, type_name, options, (opening, place))
        return options

    def _untyped_cost(self, field: Field, type_name: str, there: Place) -> Cost:
        if self._supergraph.is_interface_object(type_name, there.subgraph):
            return self._direct_cost(field, type_name, there)
        return self._local_cost(field, type_name, there)

    def _key_cost(self, jump: Jump, type_name: str, place: Place) -> Cost:
        return self.cost(jump.key, type_name, place.during(type_name, jump.subgraph))


_ONE_FIELD: Cost = (0, 0, 1)
_ONE_JUMP: Cost = (1, 1, 1)
NOWHERE = Place("")
_TYPE = Selection([Field("__type", TYPENAME)], is_hidden=True)


def _union(fields: list[Field]) -> Field:
    if len(fields) == 1:
        return fields[0]
    return fields[0].with_selection(joined(field.selection for field in fields if field.selection is not None))
