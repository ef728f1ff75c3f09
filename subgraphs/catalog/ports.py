"""What catalog needs from a search engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from kernel.database import PageArguments, Reader, Transaction


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A product as the engine sees it. `version` is the product's: an engine keeps the newest it was given."""

    product_id: UUID
    version: int
    name: str
    skus: tuple[str, ...]
    barcodes: tuple[str, ...]
    category: str
    options: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class SearchRemoval:
    """A product that must no longer be found."""

    product_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SearchHits:
    """One page of found products, best first, with a cursor per product."""

    product_ids: Sequence[UUID]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


class SearchIndex(Protocol):
    """A search engine. Each tenant finds only its own products, whatever it types."""

    async def index(self, tx: Transaction, documents: Sequence[SearchDocument]) -> None:
        """Make products findable; older versions than the known one are ignored.

        Raises:
            Unavailable: the engine does not answer.
        """
        ...

    async def remove(self, tx: Transaction, removals: Sequence[SearchRemoval]) -> None:
        """Make products unfindable, by the same rule of versions.

        Raises:
            Unavailable: the engine does not answer.
        """
        ...

    async def search(self, reader: Reader, words: Sequence[str], page: PageArguments) -> SearchHits:
        """Products of the reader's tenant with all `words` (each may be the beginning of one), best first.

        Raises:
            BadUserInput: the cursor is not one of this list.
            Unavailable: the engine does not answer.
        """
        ...

    async def count(self, reader: Reader, words: Sequence[str]) -> int:
        """How many products `search` finds in all."""
        ...

    async def close(self) -> None:
        """Close connections to the engine, if it has any of its own."""
        ...
