"""What a mutation did, as the row of its payload: what was written is read again only if it is selected."""

from collections.abc import Awaitable, Hashable, Sequence
from dataclasses import dataclass
from typing import Self

from kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Written:
    """The key of what was written, or why nothing was."""

    key: Hashable | None
    refusals: Sequence[Refusal] = ()

    @classmethod
    def refused(cls, *refusals: Refusal) -> Self:
        """Nothing was written."""
        return cls(None, refusals)


async def written(outcome: Awaitable[Hashable | None], *, key: Hashable | None = None) -> Written:
    """What a use case has done: `key`, or else the key it answers; or the refusal that it raises or answers."""
    try:
        found = await outcome
    except Refusal as refusal:
        return Written.refused(refusal)
    if isinstance(found, Refusal):
        return Written.refused(found)
    return Written(found if key is None else key)
