"""What a mutation did, as the row of its payload: what was written is read again only if it is selected."""

from collections.abc import Hashable, Sequence
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
