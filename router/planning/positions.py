"""Places in the response tree and the keys used there: what the client asked for, and hidden keys beside it."""

from collections.abc import Iterable
from typing import TypeAlias

from router.planning.selections import TYPENAME, Field, Fragment, Selection


class Position:
    """One object (or list of objects) in the response; knows which response keys mean which field.

    A hidden field (a key, a requirement) shares the client's response key when that means the same field, and gets a
    key of its own otherwise.
    """

    def __init__(self, selections: Iterable[Selection] = (), interned: "Interned | None" = None) -> None:
        self._meanings: dict[str, set[str]] = {}
        self._below: dict[str, list[Selection]] = {}
        self._children: dict[str, Position] = {}
        self._adopted: dict[Selection, Selection] = {}
        self._interned: Interned = {} if interned is None else interned
        self.parent: Position | None = None
        visited: set[Selection] = set()
        for selection in selections:
            self._read(selection, visited)
        self.client_keys = frozenset(self._meanings)

    def _read(self, selection: Selection, visited: set[Selection]) -> None:
        if selection in visited:
            return
        visited.add(selection)
        for item in selection.items:
            if isinstance(item, Fragment):
                self._read(item.selection, visited)
            else:
                self._meanings.setdefault(item.key, set()).add(item.signature)
                if item.selection is not None:
                    self._below.setdefault(item.key, []).append(item.selection)

    def child(self, key: str) -> "Position":
        """The position under a response key."""
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = Position(self._below.get(key, ()), self._interned)
            found.parent = self
        return found

    def above(self, fields: int) -> "Position":
        """The position so many fields further up, at most the top."""
        found = self
        for _ in range(fields):
            found = found.parent or found
        return found

    def claim(self, field_name: str, signature: str) -> str:
        """The response key under which a hidden field is fetched."""
        candidate, attempt = field_name, 0
        while self._meanings.setdefault(candidate, {signature}) != {signature}:
            candidate = f"_{attempt}_{field_name}"
            attempt += 1
        return candidate

    @property
    def typename_key(self) -> str:
        """The response key of the object's `__typename`."""
        return self.claim(TYPENAME, TYPENAME)

    @property
    def standing_key(self) -> str:
        """The response key of the `__typename` that one subgraph gives, which may be that of an interface object."""
        return self.claim("_standing", "_standing")

    def adopt(self, hidden: Selection) -> Selection:
        """A hidden selection with its response keys chosen; the same object for the same selection."""
        found = self._adopted.get(hidden)
        if found is None:
            renamed = tuple(self._renamed(item) for item in hidden.items)
            found = self._interned.get((hidden, renamed))
            if found is None:
                items = (_adopted(item, *names) for item, names in zip(hidden.items, renamed, strict=True))
                found = self._interned[hidden, renamed] = Selection(items, is_hidden=True)
            self._adopted[hidden] = found
        return found

    def _renamed(self, item: Field | Fragment) -> "_Renamed":
        if isinstance(item, Fragment):
            return "", self.adopt(item.selection)
        key = self.claim(item.name, item.signature)
        return key, self.child(key).adopt(item.selection) if item.selection is not None else None


#: the response key chosen for a hidden field, and what lies below with keys chosen
_Renamed: TypeAlias = tuple[str, Selection | None]
#: hidden selections with keys chosen, shared between the plans tried for one operation
Interned: TypeAlias = dict[tuple[Selection, tuple[_Renamed, ...]], Selection]


def _adopted(item: Field | Fragment, key: str, below: Selection | None) -> Field | Fragment:
    if isinstance(item, Fragment):
        return Fragment(item.type_condition, below or item.selection)
    return item.with_key(key, below)
