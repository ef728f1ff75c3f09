"""Which deferred fragments are announced, delivered and done: the state between the parts of one answer.

A fragment is announced when the object it belongs to has been delivered, and delivered as a whole when all groups of
its fields are there. A group that several fragments share goes with the first of them. A null that may not be ends the
fragments it belongs to, and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from kernel.subgraph import JsonObject, JsonValue
from router.execution.answered import Answers
from router.execution.errors import ResponsePath, hide_keys, leads_into, response_path
from router.execution.faults import Null
from router.execution.incremental.postponed import LaterGroup, Postponed, PostponingFaults
from router.planning.positions import Position
from router.planning.selections import Deferral


class _State(StrEnum):
    UNKNOWN = "unknown"
    ANNOUNCED = "announced"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class Fragment:
    """A deferred fragment at one object of the answer; `inside` are those that cannot be told of before it is done."""

    label: str | None
    path: ResponsePath
    id: str = ""
    state: _State = _State.UNKNOWN
    portions: "list[Portion]" = dataclass_field(default_factory=list["Portion"])
    inside: "list[Fragment]" = dataclass_field(default_factory=list["Fragment"])


@dataclass(slots=True, eq=False)
class Portion:
    """A group of fields at one object: `value` becomes `data`, or None when it fails."""

    group: LaterGroup
    value: JsonObject
    path: ResponsePath
    fragments: list[Fragment]
    data: JsonObject | None = None
    errors: list[JsonObject] = dataclass_field(default_factory=list[JsonObject])
    inside: list[Fragment] = dataclass_field(default_factory=list[Fragment])
    is_complete: bool = False
    is_sent: bool = False

    @property
    def is_failed(self) -> bool:
        """True when a field is null that must not be."""
        return self.is_complete and self.data is None

    def complete(self, faults: PostponingFaults) -> None:
        """Make the client's data."""
        self.is_complete = True
        try:
            self.data = self.group.complete(self.value, self.path, faults)
        except Null:
            self.data = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Data for one object, delivered with a fragment at that object or above it."""

    fragment: Fragment
    path: ResponsePath
    data: JsonObject
    errors: Sequence[JsonObject]


@dataclass(frozen=True, slots=True)
class Completion:
    """A fragment is done; with errors if it failed."""

    fragment: Fragment
    errors: Sequence[JsonObject]
    is_failed: bool


@dataclass(slots=True)
class Release:
    """What can be told after a part: fragments announced, pieces, and fragments done."""

    pending: list[Fragment] = dataclass_field(default_factory=list[Fragment])
    pieces: list[Piece] = dataclass_field(default_factory=list[Piece])
    completed: list[Completion] = dataclass_field(default_factory=list[Completion])
    has_next: bool = True


class Delivery:
    """The deferred fragments of one answer; `position` is its top, `answers` what it is made of."""

    def __init__(self, position: Position, answers: Answers) -> None:
        self._position = position
        self._answers = answers
        self._fragments: dict[tuple[int, ResponsePath], Fragment] = {}
        self._top: list[Fragment] = []
        self._announced: dict[Fragment, None] = {}
        self._waiting: dict[int, list[Portion]] = {}
        self._due: list[Portion] = []
        self._finished: set[int | None] = {None}
        self._untold: list[JsonObject] = []
        self._ids = 0

    def begin(self, data: JsonObject | None, postponed: Sequence[Postponed], untold: Iterable[JsonObject]) -> Release:
        """Announce what the first part of the answer leaves for later; `untold` are errors of values it lacks."""
        self._untold.extend(untold)
        self._postpone(postponed, data, (), None)
        release = Release()
        self._announce(self._top, release)
        self._top = []
        release.has_next = bool(self._announced)
        return release

    def finish(self, part: int, errors: Iterable[JsonObject]) -> None:
        """Take in that a part's fetches are done."""
        self._finished.add(part)
        due = self._waiting.pop(part, [])
        self._due.extend(due)
        # an error without a path is about nothing if all objects of the part are gone
        self._untold.extend(error for error in errors if due or "path" in error)

    def release(self) -> Release:
        """What can be delivered by now."""
        while self._due:
            due, self._due = self._due, []
            self._complete(due)
        release = Release()
        self._announce(self._top, release)
        self._top = []
        while self._settle_all(release):
            # a fragment that is done may have let others be announced that are complete as well
            continue
        release.has_next = bool(self._announced)
        return release

    def _postpone(
        self, postponed: Iterable[Postponed], data: JsonValue, at: ResponsePath, behind: Portion | None
    ) -> None:
        for one in postponed:
            # a null may have taken the object away again
            if _value_at(data, one.path[len(at) :]) is one.made:
                for group in one.later.groups:
                    self._expect(group, one, behind)

    def _expect(self, group: LaterGroup, one: Postponed, behind: Portion | None) -> None:
        fragments = [self._fragment(deferral, one.path, behind) for deferral in group.deferrals]
        portion = Portion(group, one.value, one.path, fragments)
        for fragment in fragments:
            fragment.portions.append(portion)
        if group.part is None or group.part in self._finished:
            self._due.append(portion)
        else:
            self._waiting.setdefault(group.part, []).append(portion)

    def _fragment(self, deferral: Deferral, path: ResponsePath, behind: Portion | None) -> Fragment:
        key = (deferral.number, _above(path, deferral.fields_up))
        found = self._fragments.get(key)
        if found is None:
            found = self._fragments[key] = Fragment(deferral.label, key[1])
            if deferral.parent is not None:
                self._fragment(deferral.parent, path, behind).inside.append(found)
            elif behind is not None:
                behind.inside.append(found)
            else:
                self._top.append(found)
        return found

    def _complete(self, portions: Sequence[Portion]) -> None:
        errors, self._untold = self._untold, []
        faults = PostponingFaults(errors, self._answers)
        for portion in portions:
            known = len(faults.postponed)
            portion.complete(faults)
            if portion.data is not None:
                self._postpone(faults.postponed[known:], portion.data, portion.path, portion)
        by_path: dict[ResponsePath, list[Portion]] = {}
        for portion in portions:
            by_path.setdefault(portion.path, []).append(portion)
        for error in errors:
            hide_keys(error, self._position)
            place = _place_of(error, by_path) if "path" in error else portions[0]
            (place.errors if place is not None else self._untold).append(error)

    def _announce(self, fragments: Iterable[Fragment], release: Release) -> None:
        for fragment in fragments:
            if fragment.portions:
                fragment.state = _State.ANNOUNCED
                fragment.id = str(self._ids)
                self._ids += 1
                self._announced[fragment] = None
                release.pending.append(fragment)
            else:
                fragment.state = _State.COMPLETED
                self._announce(fragment.inside, release)

    def _settle_all(self, release: Release) -> bool:
        return bool([fragment for fragment in [*self._announced] if self._settle(fragment, release)])

    def _settle(self, fragment: Fragment, release: Release) -> bool:
        """Deliver a fragment or give it up, if it is time."""
        failed = [portion for portion in fragment.portions if portion.is_failed]
        if not failed and not all(portion.is_complete for portion in fragment.portions):
            return False
        del self._announced[fragment]
        if failed:
            fragment.state = _State.FAILED
            errors = [error for portion in failed for error in portion.errors]
            release.completed.append(Completion(fragment, errors, is_failed=True))
            return True
        fragment.state = _State.COMPLETED
        for portion in fragment.portions:
            if not portion.is_sent and portion.data is not None:
                portion.is_sent = True
                release.pieces.append(Piece(fragment, portion.path, portion.data, portion.errors))
                self._announce(portion.inside, release)
        release.completed.append(Completion(fragment, (), is_failed=False))
        self._announce(fragment.inside, release)
        return True


def _above(path: ResponsePath, fields: int) -> ResponsePath:
    """The path of the object so many fields further up, without the indexes of items on the way."""
    end = len(path)
    for _ in range(fields):
        while isinstance(path[end - 1], int):
            end -= 1
        end -= 1
    return path[:end]


def _value_at(value: JsonValue, path: ResponsePath) -> JsonValue:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _place_of(error: JsonObject, by_path: dict[ResponsePath, list[Portion]]) -> Portion | None:
    """The portion an error is about: it holds the error's place, or failed above it."""
    path = response_path(error)
    for length in range(len(path), -1, -1):
        for portion in by_path.get(path[:length], ()):
            if portion.data is None or leads_into(path[length:], portion.data):
                return portion
    return None
