"""What a selection asks of one type: fragments resolved, equal response keys merged (CollectFields, §6.3.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

from router.planning.grouping import Grouped, group_fields
from router.planning.guards import Guard, both, either
from router.planning.selections import Field, Fragment, Selection
from router.planning.supergraph import Supergraph, TypeKind

Coordinate = tuple[str, str]
_MOST_VISITS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class AbstractView:
    """A selection on an interface or union: fields of the type itself, and whether narrower fragments follow."""

    fields: tuple[Field, ...]
    has_fragments: bool


class _Visits:
    """When the parts of a selection were visited so far. Which is first in an answer may depend on their guards.

    Of many visits the last stands for all of them: `totals` are when a part is asked for at all.
    """

    def __init__(self, totals: Mapping[Selection, Guard | None]) -> None:
        self._totals = totals
        self._begun: dict[Selection, list[Guard | None]] = {}

    def may_begin(self, part: Selection) -> bool:
        """False when a further visit would bring nothing new."""
        begun = self._begun.get(part, ())
        return len(begun) < _MOST_VISITS and None not in begun

    def begin(self, part: Selection, guard: Guard | None) -> Guard | None:
        """Note a visit; the guard for what is found."""
        begun = self._begun.setdefault(part, [])
        begun.append(guard if len(begun) < _MOST_VISITS - 1 else self._totals[part])
        return begun[-1]


class Narrowing:
    """Memoised per (selection, type), so that shared fragments stay shared; fields in `denied` are left out."""

    def __init__(self, supergraph: Supergraph, denied: frozenset[Coordinate] = frozenset()) -> None:
        self._supergraph = supergraph
        self.denied = denied
        self._objects: dict[tuple[Selection, str], tuple[Field, ...]] = {}
        self._grouped: dict[tuple[Selection, str], Grouped] = {}
        self._guarded: dict[tuple[Selection, Guard], Selection] = {}
        self._occurrences: dict[tuple[Selection, str], tuple[Field, ...]] = {}
        self._abstract: dict[tuple[Selection, str], AbstractView] = {}
        self._narrowed_fields: dict[tuple[Field, tuple[Field, ...], str | None], Field] = {}
        self._remainders: dict[tuple[Selection, str, frozenset[str]], Selection] = {}

    def fields_of(self, selection: Selection, type_name: str) -> tuple[Field, ...]:
        """The permitted fields asked of an object type, in the client's order; deferred ones are not among them."""
        found = self._objects.get((selection, type_name))
        if found is None and selection.has_deferrals:
            found = self._objects[selection, type_name] = self.grouped(selection, type_name).fields
        if found is None and selection.has_guards:
            found = self._objects[selection, type_name] = merge_fields(self.occurrences(selection, type_name))
        if found is None:
            fields = self._collect(selection, type_name, set())
            if not selection.is_hidden:
                fields = [field for field in fields if (type_name, field.name) not in self.denied]
            found = merge_fields(fields)
            self._objects[selection, type_name] = found
        return found

    def occurrences(self, selection: Selection, type_name: str) -> tuple[Field, ...]:
        """The permitted fields asked of an object type, in order, guarded, those of one response key not yet merged."""
        found = self._occurrences.get((selection, type_name))
        if found is None:
            visits = _Visits(self._guards_of(selection, type_name))
            fields = self._collect_guarded(selection, type_name, None, visits)
            found = tuple(field for field in fields if (type_name, field.name) not in self.denied)
            self._occurrences[selection, type_name] = found
        return found

    def _guards_of(self, selection: Selection, type_name: str) -> Mapping[Selection, Guard | None]:
        """The parts of a selection that hold for a type, each with when any of its spreads is asked for."""
        guards: dict[Selection, Guard | None] = {selection: None}
        for part in self._outermost_first(selection, type_name):
            for item in part.items:
                if isinstance(item, Fragment) and self._applies(item, type_name):
                    guard = both(guards[part], item.guard)
                    known = item.selection in guards
                    guards[item.selection] = either(guards[item.selection], guard) if known else guard
        return guards

    def _outermost_first(self, selection: Selection, type_name: str) -> Iterable[Selection]:
        """The parts of a selection that hold for a type: each after all that spread it."""
        done: dict[Selection, None] = {}

        def visit(part: Selection) -> None:
            for item in part.items:
                if isinstance(item, Fragment) and item.selection not in done and self._applies(item, type_name):
                    visit(item.selection)
            done[part] = None

        visit(selection)
        return reversed(done)

    def grouped(self, selection: Selection, type_name: str) -> Grouped:
        """The permitted fields asked of an object type, by when they come."""
        found = self._grouped.get((selection, type_name))
        if found is None:
            found = self._grouped[selection, type_name] = group_fields(
                selection,
                lambda fragment: self._applies(fragment, type_name),
                lambda field: (type_name, field.name) not in self.denied,
            )
        return found

    def abstract_view(self, selection: Selection, type_name: str) -> AbstractView:
        """The fields an interface or union itself is asked for."""
        found = self._abstract.get((selection, type_name))
        if found is None and (selection.has_deferrals or selection.has_guards):
            # what comes when may differ between the object types
            found = self._abstract[selection, type_name] = AbstractView((), has_fragments=True)
        if found is None:
            own, has_fragments = self._collect_own(selection, type_name, set())
            found = self._abstract[selection, type_name] = AbstractView(merge_fields(own), has_fragments)
        return found

    def remainder(self, selection: Selection, type_name: str, taken: frozenset[str]) -> Selection:
        """The selection on an abstract type without its own fields of the response keys `taken`."""
        if selection.has_deferrals or selection.has_guards:
            return selection
        found = self._remainders.get((selection, type_name, taken))
        if found is None:
            found = self._remainders[selection, type_name, taken] = Selection(
                self._without(selection, type_name, taken, set()), is_hidden=selection.is_hidden
            )
        return found

    def narrowed_field(self, field: Field, below: tuple[Field, ...], on_type: str | None) -> Field:
        """The field, asked for no more than `below`, of objects of one type."""
        key = (field, below, on_type)
        found = self._narrowed_fields.get(key)
        if found is None:
            selection = Selection([Fragment(on_type, Selection(below))])
            found = self._narrowed_fields[key] = field.with_selection(selection)
        return found

    def guarded(self, selection: Selection, guard: Guard | None) -> Selection:
        """The selection, asked for only where the guard holds; the same object for the same guard."""
        if guard is None:
            return selection
        found = self._guarded.get((selection, guard))
        if found is None:
            found = self._guarded[selection, guard] = _guarded(selection, guard)
        return found

    def _without(
        self, selection: Selection, type_name: str, taken: frozenset[str], visited: set[Selection]
    ) -> list[Field | Fragment]:
        items: list[Field | Fragment] = []
        for item in selection.items:
            if isinstance(item, Field):
                if item.key not in taken:
                    items.append(item)
            elif not self._supergraph.covers(item.type_condition, type_name):
                items.append(item)
            elif item.selection not in visited:
                visited.add(item.selection)
                items.extend(self._without(item.selection, type_name, taken, visited))
        return items

    def _collect(self, selection: Selection, type_name: str, visited: set[Selection]) -> list[Field]:
        fields: list[Field] = []
        for item in selection.items:
            if isinstance(item, Field):
                fields.append(item)
            elif item.selection not in visited and self._applies(item, type_name):
                visited.add(item.selection)
                fields.extend(self._collect(item.selection, type_name, visited))
        return fields

    def _collect_guarded(
        self, selection: Selection, type_name: str, around: Guard | None, visits: "_Visits"
    ) -> list[Field]:
        fields: list[Field] = []
        for item in selection.items:
            guard = both(around, item.guard)
            if isinstance(item, Field):
                fields.append(item.guarded(guard))
            elif self._applies(item, type_name) and visits.may_begin(item.selection):
                begun = visits.begin(item.selection, guard)
                fields.extend(self._collect_guarded(item.selection, type_name, begun, visits))
        return fields

    def _applies(self, fragment: Fragment, type_name: str) -> bool:
        condition = fragment.type_condition
        if self._supergraph.covers(condition, type_name):
            return True
        known = self._supergraph.types.get(condition or "")
        is_union = known is not None and known.kind is TypeKind.UNION
        return is_union and type_name in self._supergraph.possible_types(condition or "")

    def _collect_own(self, selection: Selection, type_name: str, visited: set[Selection]) -> tuple[list[Field], bool]:
        fields: list[Field] = []
        has_fragments = False
        for item in selection.items:
            if isinstance(item, Field):
                fields.append(item)
            elif not self._supergraph.covers(item.type_condition, type_name):
                has_fragments = True
            elif item.selection not in visited:
                visited.add(item.selection)
                inner, inner_has_fragments = self._collect_own(item.selection, type_name, visited)
                fields.extend(inner)
                has_fragments = has_fragments or inner_has_fragments
        return fields, has_fragments


def merge_fields(fields: Iterable[Field]) -> tuple[Field, ...]:
    """One field per response key, in order of first appearance, with the sub-selections joined."""
    merged: dict[str, list[Field]] = {}
    for field in fields:
        merged.setdefault(field.key, []).append(field)
    return tuple(_joined(same) for same in merged.values())


def _joined(fields: list[Field]) -> Field:
    if len(fields) == 1:
        return fields[0]
    first = fields[0].with_directives_of(fields[1:]).guarded(reduce(either, (field.guard for field in fields)))
    selections = {field.selection: None for field in fields if field.selection is not None}
    if len(selections) <= 1:
        return first
    asked = dict.fromkeys((field.selection, field.guard) for field in fields)
    parts = (part if own is first.guard else _guarded(part, own) for part, own in asked if part is not None)
    return first.with_selection(joined(parts))


def _guarded(selection: Selection, guard: Guard | None) -> Selection:
    """The selection, asked for only at some of the times when the field is that it belongs to."""
    return Selection(
        [Fragment(None, selection, guard=guard)], is_hidden=selection.is_hidden, together=selection.together
    )


def joined(selections: Iterable[Selection]) -> Selection:
    """One selection that asks what all of them ask; hidden only if all are."""
    parts = list(selections)
    return Selection(
        (item for part in parts for item in part.items),
        is_hidden=all(part.is_hidden for part in parts),
        together=parts[0].together,
    )
