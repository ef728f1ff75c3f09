"""A cache of the entries used last, bounded in number and in weight."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
EntryT = TypeVar("EntryT")


class BoundedCache(Generic[KeyT, EntryT]):
    """Forgets what was not used for longest once there are more than `most` entries or they weigh more than `weight`.

    An entry that alone weighs too much is not kept, and drives no other one out.
    """

    def __init__(self, *, most: int, weight: int) -> None:
        self._most = most
        self._heaviest = weight
        self._weight = 0
        self._entries: OrderedDict[KeyT, tuple[EntryT, int]] = OrderedDict()

    def get(self, key: KeyT) -> EntryT | None:
        """The entry, which counts as a use."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: KeyT, entry: EntryT, weight: int) -> None:
        """Keep an entry, or note what it weighs now."""
        known = self._entries.pop(key, None)
        if known is not None:
            self._weight -= known[1]
        if weight > self._heaviest:
            return
        self._entries[key] = (entry, weight)
        self._weight += weight
        while self._entries and (len(self._entries) > self._most or self._weight > self._heaviest):
            _, (_, freed) = self._entries.popitem(last=False)
            self._weight -= freed

    def __len__(self) -> int:
        return len(self._entries)
