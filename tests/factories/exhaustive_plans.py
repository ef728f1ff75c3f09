"""The least cost of an operation, found by trying every way to get every field: slow, simple, for small graphs.

It knows entities with keys and requirements, and what `@provides` brings along. Hops and requests are counted as a
router can run them: look-ups in one subgraph that can wait for the same moment are one request.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from router.planning.selections import Field, Selection
from router.planning.supergraph import Supergraph

Banned = frozenset[tuple[str, str, str]]


class TooManyPlans(Exception):
    """The operation has more plans than anyone wants to wait for."""


class _DeadEnd(Exception):
    pass


@dataclass(eq=False)
class _LookUp:
    subgraph: str
    parents: "set[_LookUp]" = field(default_factory=set)
    is_root: bool = False


@dataclass(eq=False)
class _Object:
    """An object of the answer as one look-up sees it."""

    type_name: str
    look_up: _LookUp
    provided: tuple[Selection, ...] = ()
    jumps: "dict[tuple[str, str], _Object]" = field(default_factory=dict)
    below: "dict[str, _Object]" = field(default_factory=dict)

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
    look_ups: list[_LookUp] = field(default_factory=list)

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
                    self.look_ups.append(_LookUp(subgraph, is_root=True))
                    roots[subgraph] = _Object("Query", self.look_ups[-1])
                self.direct(part, roots[subgraph], frozenset())

    def parts(self, item: Field) -> Sequence[Field]:
        """The field as a whole, or once for every leaf below it."""
        leaves = _leaves(item)
        return leaves if len(leaves) > 1 and self.choose(2) == 1 else [item]

    def fields(self, selection: Selection, at: _Object, banned: Banned) -> set[_LookUp]:
        used: set[_LookUp] = set()
        for item in selection.items:
            assert isinstance(item, Field)
            used |= self.field(item, at, banned)
        return used

    def field(self, item: Field, at: _Object, banned: Banned) -> set[_LookUp]:
        is_shared = len(self.supergraph.field(at.type_name, item.name).joins) > 1
        parts = self.parts(item) if is_shared else [item]
        return set[_LookUp]().union(*(self.part(part, at, banned) for part in parts))

    def part(self, item: Field, at: _Object, banned: Banned) -> set[_LookUp]:
        joins = self.supergraph.field(at.type_name, item.name).joins
        here = joins.get(at.look_up.subgraph)
        ways: list[Callable[[], set[_LookUp]]] = []
        if here is not None and here.requires is None and (not here.is_external or at.is_provided(item)):
            ways.append(lambda: self.direct(item, at, banned))
        for subgraph, key in self.keys(at.type_name):
            join = joins.get(subgraph)
            if join is not None and not join.is_external and (at.type_name, subgraph, "") not in banned:
                known = at.jumps.get((subgraph, item.name if join.requires else ""))
                if known is None or join.requires is None:
                    ways.append(lambda way=(subgraph, key): self.jump(item, at, way, banned))
        return ways[self.choose(len(ways))]()

    def keys(self, type_name: str) -> Iterator[tuple[str, Selection]]:
        for subgraph, keys in sorted(self.supergraph.types[type_name].keys.items()):
            for key in keys:
                yield subgraph, key

    def direct(self, item: Field, at: _Object, banned: Banned) -> set[_LookUp]:
        if item.selection is not None:
            below = at.below.get(item.key)
            if below is None:
                join = self.supergraph.field(at.type_name, item.name).joins[at.look_up.subgraph]
                provided = (*at.provided_below(item), *([join.provides] if join.provides is not None else []))
                below = at.below[item.key] = _Object(join.type_name, at.look_up, provided)
            return {at.look_up} | self.fields(item.selection, below, banned)
        return {at.look_up}

    def jump(self, item: Field, at: _Object, way: tuple[str, Selection], banned: Banned) -> set[_LookUp]:
        subgraph, key = way
        join = self.supergraph.field(at.type_name, item.name).joins[subgraph]
        slot = (subgraph, item.name if join.requires else "")
        if slot not in at.jumps:
            look_up = _LookUp(subgraph)
            look_up.parents = {at.look_up} | self.fields(key, at, banned | {(at.type_name, subgraph, "")})
            if join.requires is not None:
                marker = (at.type_name, subgraph, item.name)
                if marker in banned:
                    raise _DeadEnd
                look_up.parents |= self.fields(join.requires, at, banned | {marker})
            self.look_ups.append(look_up)
            at.jumps[slot] = _Object(at.type_name, look_up)
        return self.direct(item, at.jumps[slot], banned) | {at.jumps[slot].look_up}


def _fields(selection: Selection) -> Iterator[Field]:
    return (item for item in selection.items if isinstance(item, Field))


def _leaves(item: Field) -> list[Field]:
    if item.selection is None:
        return [item]
    below = [leaf for inner in item.selection.items if isinstance(inner, Field) for leaf in _leaves(inner)]
    return [item.with_selection(Selection([leaf])) for leaf in below]


def least_cost(supergraph: Supergraph, selection: Selection, most: int = 20_000) -> tuple[int, int] | None:
    """The fewest hops, and the fewest requests with them; None when nobody can answer."""
    best: tuple[int, int] | None = None
    given: list[int] = []
    for _ in range(most):
        attempt = _Attempt(supergraph, given)
        try:
            attempt.query(selection)
        except _DeadEnd:
            pass
        else:
            cost = _cost(attempt.look_ups, best)
            best = cost if best is None or cost < best else best
        while attempt.choices and attempt.choices[-1] + 1 >= attempt.widths[-1]:
            attempt.choices.pop()
            attempt.widths.pop()
        if not attempt.choices:
            return best
        given = [*attempt.choices[:-1], attempt.choices[-1] + 1]
    raise TooManyPlans


def _cost(look_ups: Sequence[_LookUp], best: tuple[int, int] | None) -> tuple[int, int]:
    earliest = {}
    for look_up in look_ups:
        earliest[look_up] = 1 + max((earliest[parent] for parent in look_up.parents), default=-1)
    hops = 1 + max(earliest.values())
    if best is not None and hops > best[0]:
        return (hops, 0)
    levels = [[0] if item.is_root else list(range(earliest[item], hops)) for item in look_ups]
    requests = len(look_ups)
    for schedule in product(*levels):
        at = dict(zip(look_ups, schedule, strict=True))
        if all(at[parent] < at[item] for item in look_ups for parent in item.parents):
            requests = min(requests, len({(item.subgraph, level, item.is_root) for item, level in at.items()}))
    return (hops, requests)
