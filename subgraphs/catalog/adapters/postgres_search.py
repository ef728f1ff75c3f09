"""Product search by PostgreSQL's full text: documents stand beside the products, behind the same tenant fence."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text, Uuid, bindparam, column, func, text

from kernel.database import Listing, PageArguments, Reader, Row, SortKey, Transaction
from subgraphs.catalog.model.wording import words_of
from subgraphs.catalog.ports import SearchDocument, SearchHits, SearchRemoval

# `simple` keeps words as typed for prefixes, `english` their stems; position in the alphabet is the weight
_INDEX: Final = text("""
    INSERT INTO catalog.search_document AS known (tenant_id, product_id, version, is_searchable, words)
    VALUES (
        :tenant_id, :product_id, :version, true,
        setweight(to_tsvector('simple', :title) || to_tsvector('english', :title), 'A')
        || setweight(to_tsvector('simple', :attributes) || to_tsvector('english', :attributes), 'B')
        || setweight(to_tsvector('simple', :description) || to_tsvector('english', :description), 'D')
    )
    ON CONFLICT (tenant_id, product_id) DO UPDATE
    SET version = excluded.version, is_searchable = true, words = excluded.words
    WHERE known.version <= excluded.version
""")
_REMOVE: Final = text("""
    INSERT INTO catalog.search_document AS known (tenant_id, product_id, version, is_searchable, words)
    VALUES (:tenant_id, :product_id, :version, false, '')
    ON CONFLICT (tenant_id, product_id) DO UPDATE
    SET version = excluded.version, is_searchable = false, words = ''
    WHERE known.version <= excluded.version
""")


class _HitRow(Row):
    product_id: UUID
    score: int


# the function fences by tenant itself: see the migration that makes it
_FOUND: Final = func.catalog.search_products(bindparam("words", type_=ARRAY(Text))).table_valued(
    column("product_id", Uuid), column("score", BigInteger), name="found"
)
_HITS: Final = Listing(_HitRow, _FOUND)
# the rank is kept in millionths, so that cursors compare exactly
_BEST_FIRST: Final = (SortKey(_FOUND.c.score, is_descending=True), SortKey(_FOUND.c.product_id))


class PostgresSearch:
    """`SearchIndex` in the catalogue's own schema: it takes part in the transaction that feeds it."""

    async def index(self, tx: Transaction, documents: Sequence[SearchDocument]) -> None:
        """One statement for all documents."""
        rows = [
            {
                "tenant_id": tx.tenant_id,
                "product_id": document.product_id,
                "version": document.version,
                "title": _joined(document.name, *document.skus, *document.barcodes),
                "attributes": _joined(document.category, *document.options),
                "description": _joined(document.description),
            }
            for document in documents
        ]
        if rows:
            await tx.session.execute(_INDEX, rows)

    async def remove(self, tx: Transaction, removals: Sequence[SearchRemoval]) -> None:
        """The row stays, unfindable, so that a late older document cannot bring the product back."""
        rows = [
            {"tenant_id": tx.tenant_id, "product_id": removal.product_id, "version": removal.version}
            for removal in removals
        ]
        if rows:
            await tx.session.execute(_REMOVE, rows)

    async def search(self, reader: Reader, words: Sequence[str], page: PageArguments) -> SearchHits:
        """One statement."""
        hits = await reader.page(_HITS, (), _BEST_FIRST, page, words=words)
        return SearchHits([hit.product_id for hit in hits.nodes], hits.cursors, hits.has_next, hits.has_previous)

    async def count(self, reader: Reader, words: Sequence[str]) -> int:
        """One statement."""
        return await reader.count(_HITS, words=words)

    async def close(self) -> None:
        """It has no connections of its own."""


def _joined(*texts: str) -> str:
    return " ".join(word for part in texts for word in words_of(part))
