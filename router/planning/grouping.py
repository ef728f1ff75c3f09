"""Which fields of an object come with it and which come later, by the deferred fragments that ask for them.

A field belongs to every deferred fragment that asks for it, unless one of them lies inside another or the field is
asked for outside of them too: then it comes with whatever comes first (the execution groups of the incremental
delivery draft).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TypeAlias

from router.planning.selections import Deferral, Field, Fragment, Selection

Deferrals: TypeAlias = frozenset[Deferral]
#: a field as asked for in one place, and the innermost deferral around that
_Asked: TypeAlias = tuple[Field, Deferral | None]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Fields of one object that come later, together, for the same deferred fragments."""

    deferrals: Deferrals
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """What a selection asks of one object: `fields` at once, `groups` later."""

    fields: tuple[Field, ...]
    groups: tuple[Group, ...]


def group_fields(
    selection: Selection, applies: Callable[[Fragment], bool], is_kept: Callable[[Field], bool]
) -> Grouped:
    """The groups of a selection on one object type; `applies` says which fragments hold for it."""
    collected = _Collected(applies)
    collected.read(selection, None)
    groups: dict[Deferrals, list[Field]] = {frozenset(): []}
    for asked in collected.asked.values():
        kept = [one for one in asked if is_kept(one[0])]
        if kept:
            deferrals = _outermost(deferral for _, deferral in kept)
            group = frozenset[Deferral]() if deferrals == selection.together else deferrals
            groups.setdefault(group, []).append(_merged(kept, deferrals))
    now = groups.pop(frozenset())
    later = tuple(Group(deferrals, tuple(fields)) for deferrals, fields in groups.items())
    return Grouped(tuple(now), later)


@dataclass(slots=True)
class _Collected:
    applies: Callable[[Fragment], bool]
    asked: dict[str, list[_Asked]] = dataclass_field(default_factory=dict[str, list[_Asked]])
    visited: set[tuple[Selection, Deferral | None]] = dataclass_field(
        default_factory=set[tuple[Selection, Deferral | None]]
    )

    def read(self, selection: Selection, around: Deferral | None) -> None:
        for item in selection.items:
            if isinstance(item, Field):
                self.asked.setdefault(item.key, []).append((item, around))
            elif self.applies(item):
                self._fragment(item, around)

    def _fragment(self, fragment: Fragment, around: Deferral | None) -> None:
        deferral = fragment.defer.inside(around) if fragment.defer is not None else around
        if (fragment.selection, deferral) in self.visited:
            return
        self.visited.add((fragment.selection, deferral))
        self.read(fragment.selection, deferral)


def _outermost(deferrals: Iterable[Deferral | None]) -> Deferrals:
    found = set(deferrals)
    if None in found:
        return frozenset()
    known = {deferral for deferral in found if deferral is not None}
    return frozenset(deferral for deferral in known if not known & set(_around(deferral)))


def _around(deferral: Deferral) -> Iterable[Deferral]:
    while deferral.parent is not None:
        deferral = deferral.parent
        yield deferral


def _merged(asked: list[_Asked], deferrals: Deferrals) -> Field:
    """One field for all; below it, what belongs to other deferrals than the field itself is kept apart."""
    first = asked[0][0]
    parts = {(field.selection, deferral): None for field, deferral in asked if field.selection is not None}
    if not parts:
        return first
    belonging = {None} if len(deferrals) != 1 else {None, *deferrals}
    if len(parts) == 1 and asked[0][1] in belonging:
        return first
    items = [
        Fragment(None, selection, None if deferral is None or deferral in belonging else deferral.from_below())
        for selection, deferral in parts
    ]
    together = (
        frozenset(deferral.from_below() for deferral in deferrals) if len(deferrals) > 1 else frozenset[Deferral]()
    )
    return first.with_selection(Selection(items, together=together))
