"""The least cost of an operation, found by trying every way to get every field: slow, simple, for small graphs.

It knows entities with keys and requirements, what `@provides` brings along, interfaces, unions and interface objects.
An object behind an interface is asked for by its type, each type its own way. Hops and requests are counted as a router
can run them: look-ups in one subgraph that can wait for the same moment are one request.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from router.planning.selections import Field, Fragment, Selection
from router.planning.supergraph import FieldJoin, Supergraph, TypeKind
from tests.factories.exhaustive_schedules import LookUp, TooManyPlans, cost_of

Banned = frozenset[tuple[str, str, str]]


class _DeadEnd(Exception):
    pass


@dataclass(frozen=True)
class _Way:
    """A look-up as an entity in a subgraph by a key, for one field only when something is required for it."""

    entity: str
    subgraph: str
    key: Selection
    requires: Selection | None

    def slot(self, item: Field | Fragment) -> tuple[str, str, str]:
        """What is the same for two fields that come with one look-up."""
        return (self.entity, self.subgraph, item.name if isinstance(item, Field) and self.requires is not None else "")


@dataclass(eq=False)
class _Object:
    """An object of the answer as one look-up sees it."""

    type_name: str
    look_up: LookUp
    provided: tuple[Selection, ...] = ()
    jumps: "dict[tuple[str, str, str], _Object]" = field(default_factory=dict)
    below: "dict[str, _Object]" = field(default_factory=dict)
    types: "dict[str, _Object]" = field(default_factory=dict)

    def of(self, type_name: str) -> "_Object":
        """What it is when it is of this type."""
        return self.types.setdefault(type_name, _Object(type_name, self.look_up, self.provided))

    def is_provided(self, asked: Field) -> bool:
        return any(item.name == asked.name for selection in self.provided for item in _fields(selection))

    def provided_below(self, asked: Field) -> Iterator[Selection]:
        for selection in self.provided:
            yield from (it.selection for it in _fields(selection) if it.name == asked.name and it.selection is not None)


@dataclass
class _Attempt:
    """One plan: a number for every choice, the first ones given."""

    supergraph: Supergraph
    given: Sequence[int]
    choices: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    look_ups: list[LookUp] = field(default_factory=list)

    def choose(self, width: int) -> int:
        if width == 0:
            raise _DeadEnd
        at = len(self.choices)
        chosen = self.given[at] if at < len(self.given) else 0
        self.choices.append(chosen)
        self.widths.append(width)
        return chosen

    def query(self, selection: Selection) -> None:
        roots: dict[str, _Object] = {}
        for item in selection.items:
            assert isinstance(item, Field)
            able = sorted(self.supergraph.field("Query", item.name).joins)
            parts = self.parts(item) if len(able) > 1 else [item]
            for part in parts:
                subgraph = able[self.choose(len(able))]
                if subgraph not in roots:
                    self.look_ups.append(LookUp(subgraph, is_root=True))
                    roots[subgraph] = _Object("Query", self.look_ups[-1])
                self.direct(part, roots[subgraph], frozenset())

    def parts(self, item: Field) -> Sequence[Field]:
        """The field as a whole, or once for every leaf below it."""
        leaves = _leaves(item)
        return leaves if len(leaves) > 1 and self.choose(2) == 1 else [item]

    def fields(self, selection: Selection, at: _Object, banned: Banned) -> set[LookUp]:
        used = {at.look_up}
        if self.is_typed(at):
            for type_name in self.supergraph.possible_types(at.type_name, at.look_up.subgraph):
                used |= self.fields(selection, at.of(type_name), banned)
            return used
        is_object = self.supergraph.types[at.type_name].kind is TypeKind.OBJECT
        for item in (self.narrowed(selection, at.type_name) if is_object else selection).items:
            used |= self.field(item, at, banned)
        return used

    def is_typed(self, at: _Object) -> bool:
        """Whether it is of an interface or union, and the subgraph knows of which type."""
        known = self.supergraph.types[at.type_name]
        return known.kind is not TypeKind.OBJECT and at.look_up.subgraph not in known.interface_object_in

    def narrowed(self, selection: Selection, type_name: str) -> Selection:
        """What is asked of objects of one type."""
        items: list[Field | Fragment] = []
        for item in selection.items:
            if isinstance(item, Field):
                items.append(item)
            elif type_name in self.supergraph.possible_types(item.type_condition or type_name):
                items.extend(self.narrowed(item.selection, type_name).items)
        return Selection(items)

    def field(self, item: Field | Fragment, at: _Object, banned: Banned) -> set[LookUp]:
        is_shared = len(list(self.resolvers(at.type_name, item))) > 1
        parts = self.parts(item) if isinstance(item, Field) and is_shared else [item]
        return set[LookUp]().union(*(self.part(part, at, banned) for part in parts))

    def resolvers(self, type_name: str, item: Field | Fragment) -> Iterator[tuple[str, str, FieldJoin]]:
        """As what type, and where, a field of an object is resolved; fragments need its type first."""
        if isinstance(item, Fragment):
            return
        for name in (type_name, *sorted(self.supergraph.types[type_name].interfaces)):
            known = self.supergraph.types[name]
            for subgraph, join in known.fields[item.name].joins.items() if item.name in known.fields else ():
                if name == type_name or subgraph in known.interface_object_in:
                    yield name, subgraph, join

    def part(self, item: Field | Fragment, at: _Object, banned: Banned) -> set[LookUp]:
        if isinstance(item, Field) and item.name == "__typename" and not self.is_untyped(at):
            return {at.look_up}
        ways: list[Callable[[], set[LookUp]]] = []
        if isinstance(item, Field) and self.is_direct(item, at):
            ways.append(lambda: self.direct(item, at, banned))
        for way in (*self.ways(item, at), *self.ways_to_types(at)):
            is_taken = way.requires is not None and way.slot(item) in at.jumps
            if not is_taken and (at.type_name, way.subgraph, "") not in banned:
                ways.append(lambda way=way: self.jump(item, at, way, banned))
        return ways[self.choose(len(ways))]()

    def ways(self, item: Field | Fragment, at: _Object) -> Iterator[_Way]:
        """The look-ups in subgraphs that resolve the field."""
        for entity, subgraph, join in sorted(self.resolvers(at.type_name, item), key=lambda found: found[:2]):
            if self.is_object(entity, subgraph) and not join.is_external:
                for key in self.supergraph.types[entity].keys.get(subgraph, ()):
                    yield _Way(entity, subgraph, key, join.requires)

    def ways_to_types(self, at: _Object) -> Iterator[_Way]:
        """The look-ups of an interface object in subgraphs that know its type."""
        for subgraph, keys in sorted(self.supergraph.types[at.type_name].keys.items()) if self.is_untyped(at) else ():
            if not self.is_object(at.type_name, subgraph):
                for key in keys:
                    yield _Way(at.type_name, subgraph, key, None)

    def is_untyped(self, at: _Object) -> bool:
        return at.look_up.subgraph in self.supergraph.types[at.type_name].interface_object_in

    def is_object(self, type_name: str, subgraph: str) -> bool:
        known = self.supergraph.types[type_name]
        return known.kind is TypeKind.OBJECT or subgraph in known.interface_object_in

    def is_direct(self, item: Field, at: _Object) -> bool:
        definition = self.supergraph.types[at.type_name].fields.get(item.name)
        here = definition.joins.get(at.look_up.subgraph) if definition is not None else None
        return here is not None and here.requires is None and (not here.is_external or at.is_provided(item))

    def direct(self, item: Field, at: _Object, banned: Banned) -> set[LookUp]:
        if item.selection is not None:
            below = at.below.get(item.key)
            if below is None:
                join = self.supergraph.field(at.type_name, item.name).joins[at.look_up.subgraph]
                provided = (*at.provided_below(item), *([join.provides] if join.provides is not None else []))
                below = at.below[item.key] = _Object(join.type_name, at.look_up, provided)
            return {at.look_up} | self.fields(item.selection, below, banned)
        return {at.look_up}

    def jump(self, item: Field | Fragment, at: _Object, way: _Way, banned: Banned) -> set[LookUp]:
        slot = way.slot(item)
        if slot not in at.jumps:
            look_up = LookUp(way.subgraph)
            look_up.parents = {at.look_up} | self.fields(way.key, at, banned | {(at.type_name, way.subgraph, "")})
            if way.requires is not None:
                marker = (at.type_name, way.subgraph, slot[2])
                if marker in banned:
                    raise _DeadEnd
                look_up.parents |= self.fields(way.requires, at, banned | {marker})
            self.look_ups.append(look_up)
            at.jumps[slot] = _Object(way.entity, look_up)
        there = at.jumps[slot]
        return {there.look_up} | (
            self.direct(item, there, banned)
            if isinstance(item, Field) and self.is_object(way.entity, way.subgraph)
            else self.fields(Selection([item]), there, banned)
        )


def _fields(selection: Selection) -> Iterator[Field]:
    return (item for item in selection.items if isinstance(item, Field))


def _leaves(item: Field) -> list[Field]:
    if item.selection is None:
        return [item]
    return [item.with_selection(Selection([leaf])) for leaf in _leaves_of(item.selection)]


def _leaves_of(selection: Selection) -> Iterator[Field | Fragment]:
    for item in selection.items:
        if isinstance(item, Field):
            yield from _leaves(item)
        else:
            yield from (Fragment(item.type_condition, Selection([leaf])) for leaf in _leaves_of(item.selection))


def least_cost(supergraph: Supergraph, selection: Selection, most: int = 20_000) -> tuple[int, int] | None:
    """The fewest hops, and the fewest requests with them; None when nobody can answer.

    Raises:
        TooManyPlans: the operation has more plans than `most`.
    """
    best: tuple[int, int] | None = None
    given: list[int] = []
    for _ in range(most):
        attempt = _Attempt(supergraph, given)
        try:
            attempt.query(selection)
        except _DeadEnd:
            pass
        else:
            cost = cost_of(attempt.look_ups, best[0] if best is not None else inf)
            best = cost if best is None or cost < best else best
        while attempt.choices and attempt.choices[-1] + 1 >= attempt.widths[-1]:
            attempt.choices.pop()
            attempt.widths.pop()
        if not attempt.choices:
            return best
        given = [*attempt.choices[:-1], attempt.choices[-1] + 1]
    raise TooManyPlans
