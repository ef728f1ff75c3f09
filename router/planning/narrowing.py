"""What a selection asks of one type: fragments resolved, equal response keys merged (CollectFields, §6.3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from router.planning.grouping import Grouped, group_fields
from router.planning.selections import Field, Fragment, Selection
from router.planning.supergraph import Supergraph, TypeKind

Coordinate = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class AbstractView:
    """A selection on an interface or union: fields of the type itself, and whether narrower fragments follow."""

    fields: tuple[Field, ...]
    has_fragments: bool


class Narrowing:
    """Memoised per (selection, type), so that shared fragments stay shared; fields in `denied` are left out."""

    def __init__(self, supergraph: Supergraph, denied: frozenset[Coordinate] = frozenset()) -> None:
        self._supergraph = supergraph
        self.denied = denied
        self._objects: dict[tuple[Selection, str], tuple[Field, ...]] = {}
        self._grouped: dict[tuple[Selection, str], Grouped] = {}
        self._abstract: dict[tuple[Selection, str], AbstractView] = {}
        self._narrowed_fields: dict[tuple[Field, tuple[Field, ...], str | None], Field] = {}
        self._remainders: dict[tuple[Selection, str, frozenset[str]], Selection] = {}

    def fields_of(self, selection: Selection, type_name: str) -> tuple[Field, ...]:
        """The permitted fields asked of an object type, in the client's order; deferred ones are not among them."""
        found = self._objects.get((selection, type_name))
        if found is None and selection.has_deferrals:
            found = self._objects[selection, type_name] = self.grouped(selection, type_name).fields
        if found is None:
            fields = self._collect(selection, type_name, set())
            if not selection.is_hidden:
                fields = [field for field in fields if (type_name, field.name) not in self.denied]
            found = merge_fields(fields)
            self._objects[selection, type_name] = found
        return found

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
        if found is None and selection.has_deferrals:
            # what comes when may differ between the object types
            found = self._abstract[selection, type_name] = AbstractView((), has_fragments=True)
        if found is None:
            own, has_fragments = self._collect_own(selection, type_name, set())
            found = self._abstract[selection, type_name] = AbstractView(merge_fields(own), has_fragments)
        return found

    def remainder(self, selection: Selection, type_name: str, taken: frozenset[str]) -> Selection:
        """The selection on an abstract type without its own fields of the response keys `taken`."""
        if selection.has_deferrals:
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
    first = fields[0].with_directives_of(fields[1:])
    selections = {field.selection: None for field in fields if field.selection is not None}
    return first if len(selections) <= 1 else first.with_selection(joined(selections))


def joined(selections: Iterable[Selection]) -> Selection:
    """One selection that asks what all of them ask; hidden only if all are."""
    parts = list(selections)
    return Selection(
        (item for part in parts for item in part.items),
        is_hidden=all(part.is_hidden for part in parts),
        together=parts[0].together,
    )
