"""The public schemas of two supergraphs side by side: what breaks clients, and what may surprise them."""

from dataclasses import dataclass
from typing import Final

from graphql.utilities import find_breaking_changes, find_dangerous_changes

from router.offline_graph import OfflineGraph

# Int is "removed" when its last field is: a change of its own already
_UNUSED_SCALAR: Final = "Standard scalar "


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind in GraphQL's usual words, like FIELD_REMOVED, and what changed."""

    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`breaking` changes make valid operations invalid or answers of another shape; `dangerous` ones may do so."""

    breaking: tuple[Change, ...]
    dangerous: tuple[Change, ...]


def compare(old: OfflineGraph, new: OfflineGraph) -> Comparison:
    """What clients of the old graph meet in the new one; what is `@inaccessible` is no client's concern."""
    breaking = [
        Change(change.type.name, change.description)
        for change in find_breaking_changes(old.api_schema, new.api_schema)
        if not change.description.startswith(_UNUSED_SCALAR)
    ]
    dangerous = [
        Change(change.type.name, change.description)
        for change in find_dangerous_changes(old.api_schema, new.api_schema)
    ]
    return Comparison(_ordered(breaking), _ordered(dangerous))


def _ordered(changes: list[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: (change.kind, change.description)))
