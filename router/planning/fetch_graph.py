"""Fetches under construction: what each asks, what it needs, and which fetches must come first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import reduce
from typing import Final

from graphql import ArgumentNode, DirectiveNode

from router.planning.budget import PlanTooLarge
from router.planning.guards import Guard, either
from router.planning.nodes import ContextValue, KeyPart, PathStep
from router.planning.selections import Field

Path = tuple[PathStep, ...]


@dataclass(slots=True, eq=False)
class AskedField:
    """A field in a subgraph's operation; `is_visible` when the client asked for it at this place."""

    name: str
    arguments: tuple[ArgumentNode, ...]
    signature: str
    type_text: str
    below: "Asked | None"
    is_visible: bool
    directives: tuple[DirectiveNode, ...] = ()
    guard: Guard | None = None


@dataclass(slots=True, eq=False)
class Asked:
    """A selection set in a subgraph's operation, by response key; `fragments` by object type."""

    fields: dict[str, AskedField] = dataclass_field(default_factory=dict[str, AskedField])
    fragments: "dict[str, Asked]" = dataclass_field(default_factory=dict[str, "Asked"])

    def on(self, type_name: str) -> "Asked":
        """The fragment for an object type."""
        return self.fragments.setdefault(type_name, Asked())

    def add(self, asked: Field, type_text: str, *, is_visible: bool) -> AskedField:
        """Ask for a field; asking twice is asking once."""
        found = self.fields.get(asked.key)
        if found is None:
            below = Asked() if asked.selection is not None else None
            found = AskedField(
                asked.name,
                asked.arguments,
                asked.signature,
                type_text,
                below,
                is_visible,
                asked.directives,
                asked.guard,
            )
            self.fields[asked.key] = found
        else:
            found.guard = either(found.guard, asked.guard)
        return found

    def merge(self, other: "Asked") -> None:
        """Ask for everything `other` asks."""
        for key, asked in other.fields.items():
            mine = self.fields.setdefault(key, asked)
            if mine is not asked:
                mine.guard = either(mine.guard, asked.guard)
                if mine.below is not None and asked.below is not None:
                    mine.below.merge(asked.below)
        for type_name, fragment in other.fragments.items():
            mine = self.fragments.setdefault(type_name, fragment)
            if mine is not fragment:
                mine.merge(fragment)


@dataclass(slots=True, eq=False)
class EntityInput:
    """Which objects at the fetch's path are looked up, as what type, and what represents them."""

    type_name: str | None
    typename_key: str | None
    entity_type: str | None
    parts: tuple[KeyPart, ...]

    def agrees_with(self, other: "EntityInput") -> bool:
        """True when the fields asked of both kinds of objects can be asked together."""
        if self.entity_type != other.entity_type:
            return True
        if self.type_name == other.type_name:
            return _agree(self.parts, other.parts)
        return _say(self.parts) == _say(other.parts)


@dataclass(slots=True, eq=False)
class FetchDraft:
    """One fetch: an operation on a root type, or an `_entities` look-up for the objects at `path`.

    The `guard` says when what it needs is there. `parents` are fetches of the same graph that must come first,
    `waits_for` those of another part of the plan.
    """

    subgraph: str
    kind: str
    path: Path
    asked: Asked = dataclass_field(default_factory=Asked)
    inputs: dict[tuple[str | None, str], EntityInput] = dataclass_field(
        default_factory=dict[tuple[str | None, str], EntityInput]
    )
    parents: "set[FetchDraft]" = dataclass_field(default_factory=set["FetchDraft"])
    contexts: tuple[ContextValue, ...] = ()
    waits_for: "set[FetchDraft]" = dataclass_field(default_factory=set["FetchDraft"])
    merged_into: "FetchDraft | None" = None
    guard: Guard | None = None

    @property
    def needed_when(self) -> Guard | None:
        """When it has something to ask: that of a root operation may be left out whole."""
        if self.kind == "entities":
            return self.guard
        guards = [field.guard for field in self.asked.fields.values()]
        return reduce(either, guards) if guards and not self.asked.fragments else None

    @property
    def remaining(self) -> "FetchDraft":
        """The fetch that does this one's work after merging."""
        draft = self
        while draft.merged_into is not None:
            draft = draft.merged_into
        return draft

    def represent(self, entity: EntityInput) -> None:
        """Add what represents the objects of one type."""
        key = (entity.type_name, entity.entity_type or "")
        found = self.inputs.get(key)
        if found is None:
            self.inputs[key] = entity
        else:
            found.parts = merge_parts((*found.parts, *entity.parts))

    def can_absorb(self, other: "FetchDraft") -> bool:
        """False when one representation would have to say two things under one name, or say less than a field needs.

        The latter happens where objects are looked up both by their own type and by none: what represents them as the
        same entity must say the same. With contexts of which neither fetch has all there could be more requests for
        both than for each alone.
        """
        mine, others = set(self.contexts), set(other.contexts)
        if not (mine <= others or others <= mine):
            return False
        shared = self.inputs.keys() & other.inputs.keys()
        if self.guard is not other.guard and any(self.inputs[key].parts != other.inputs[key].parts for key in shared):
            # what one of them needs may be missing when the other is asked
            return False
        return all(one.agrees_with(another) for one in self.inputs.values() for another in other.inputs.values())

    def absorb(self, other: "FetchDraft") -> None:
        """Ask for, and represent, everything `other` does."""
        self.asked.merge(other.asked)
        self.contexts = tuple(dict.fromkeys((*self.contexts, *other.contexts)))
        self.waits_for |= other.waits_for
        self.guard = either(self.guard, other.guard)
        other.merged_into = self
        for entity in other.inputs.values():
            self.represent(entity)


def _agree(parts: Iterable[KeyPart], others: Iterable[KeyPart]) -> bool:
    known: dict[str, list[KeyPart]] = {}
    for part in parts:
        known.setdefault(part.name, []).append(part)
    return all(
        part.key == other.key and _agree(part.below, other.below)
        for other in others
        for part in known.get(other.name, ())
    )


def _say(parts: Iterable[KeyPart]) -> frozenset[object]:
    return frozenset((part.on_type, part.name, _say(part.below)) for part in parts)


def merge_parts(parts: Iterable[KeyPart]) -> tuple[KeyPart, ...]:
    """One part per name, nested parts joined."""
    merged: dict[tuple[str | None, str], KeyPart] = {}
    for part in parts:
        known = merged.get((part.on_type, part.name))
        if known is None:
            merged[part.on_type, part.name] = part
        elif part.below != known.below:
            below = merge_parts((*known.below, *part.below))
            is_required = known.is_required or part.is_required
            is_key = known.is_key or part.is_key
            merged[part.on_type, part.name] = replace(known, below=below, is_required=is_required, is_key=is_key)
    return tuple(merged.values())


MAX_DRAFTS: Final = 2_000


class FetchGraph:
    """The fetches of one operation, or of one deferred part of it."""

    def __init__(self) -> None:
        self.drafts: list[FetchDraft] = []

    def add(self, draft: FetchDraft) -> FetchDraft:
        """Add a fetch.

        Raises:
            PlanTooLarge: there are too many; every object type of an interface may need its own look-up at every level.
        """
        if len(self.drafts) >= MAX_DRAFTS:
            raise PlanTooLarge
        self.drafts.append(draft)
        return draft

    def merge_twins(self) -> None:
        """Merge fetches for the same objects of one subgraph that wait for the same fetches, in one sweep."""
        kept: dict[object, list[FetchDraft]] = {}
        replaced: dict[FetchDraft, FetchDraft] = {}
        for draft in list(self.in_order()):
            draft.parents = {replaced.get(parent, parent) for parent in draft.parents}
            twins = kept.setdefault((draft.subgraph, draft.kind, draft.path, frozenset(draft.parents)), [])
            twin = next((twin for twin in twins if twin.can_absorb(draft)), None)
            if twin is None:
                twins.append(draft)
            else:
                twin.absorb(draft)
                replaced[draft] = twin
        self.drafts = [draft for draft in self.drafts if draft not in replaced]

    def merge(self, kept: FetchDraft, gone: FetchDraft) -> None:
        """Let `kept` do the work of `gone` too."""
        kept.absorb(gone)
        kept.parents |= gone.parents
        for draft in self.drafts:
            if gone in draft.parents:
                draft.parents.discard(gone)
                draft.parents.add(kept)
        self.drafts.remove(gone)
        kept.parents -= {kept, gone}

    def levels(self) -> dict[FetchDraft, int]:
        """The length of the longest way to each fetch."""
        levels: dict[FetchDraft, int] = {}
        for draft in self.in_order():
            levels[draft] = 1 + max((levels[parent] for parent in draft.parents), default=-1)
        return levels

    def in_order(self) -> Iterator[FetchDraft]:
        """Parents before children, otherwise as they were added."""
        waiting = {draft: len(draft.parents) for draft in self.drafts}
        children: dict[FetchDraft, list[FetchDraft]] = {draft: [] for draft in self.drafts}
        for draft in self.drafts:
            for parent in draft.parents:
                children[parent].append(draft)
        ready = [draft for draft, count in waiting.items() if count == 0]
        while ready:
            draft = ready.pop(0)
            yield draft
            for child in children[draft]:
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
