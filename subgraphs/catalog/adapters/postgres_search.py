"""Product search by PostgreSQL's full text: documents stand beside the products, behind the same tenant fence."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text

from kernel.database import PageArguments, Transaction
from kernel.errors import BadUserInput
from subgraphs.catalog.model.wording import words_of
from subgraphs.catalog.ports import SearchDocument, SearchHits, SearchReader, SearchRemoval

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
# the function fences by tenant itself: see the migration that makes it
_FOUND: Final = "SELECT product_id, score FROM catalog.search_products(:words)"
_COUNT: Final = text(f"SELECT count(*) FROM ({_FOUND}) AS found")  # noqa: S608 - a constant of this module
_FIRST: Final = {
    False: text(f"SELECT * FROM ({_FOUND}) AS found ORDER BY score DESC, product_id LIMIT :size"),  # noqa: S608
    True: text(f"SELECT * FROM ({_FOUND}) AS found ORDER BY score, product_id DESC LIMIT :size"),  # noqa: S608
}
_NEXT: Final = {
    False: text(f"""SELECT * FROM ({_FOUND}) AS found
        WHERE score < :score OR (score = :score AND product_id > :product_id)
        ORDER BY score DESC, product_id LIMIT :size"""),  # noqa: S608
    True: text(f"""SELECT * FROM ({_FOUND}) AS found
        WHERE score > :score OR (score = :score AND product_id < :product_id)
        ORDER BY score, product_id DESC LIMIT :size"""),  # noqa: S608
}


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

    async def search(self, reader: SearchReader, words: Sequence[str], page: PageArguments) -> SearchHits:
        """One statement; the rank is kept in millionths, so that cursors compare exactly."""
        values: dict[str, object] = {"words": list(words), "size": page.size + 1}
        statement = _FIRST[page.is_backward]
        if page.cursor is not None:
            values["score"], values["product_id"] = _decode(page.cursor)
            statement = _NEXT[page.is_backward]
        rows = await reader.session.execute(statement, values)
        return _hits([(row.product_id, row.score) for row in rows], page)

    async def count(self, reader: SearchReader, words: Sequence[str]) -> int:
        """One statement."""
        return (await reader.session.execute(_COUNT, {"words": list(words)})).scalar_one()

    async def close(self) -> None:
        """It has no connections of its own."""


def _joined(*texts: str) -> str:
    return " ".join(word for part in texts for word in words_of(part))


def _hits(rows: list[tuple[UUID, int]], page: PageArguments) -> SearchHits:
    has_more = len(rows) > page.size
    shown = rows[: page.size]
    if page.is_backward:
        shown.reverse()
    return SearchHits(
        product_ids=[product_id for product_id, _ in shown],
        cursors=[_encode(score, product_id) for product_id, score in shown],
        has_next=page.cursor is not None if page.is_backward else has_more,
        has_previous=has_more if page.is_backward else page.cursor is not None,
    )


def _encode(score: int, product_id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([score, str(product_id)])).rstrip(b"=").decode()


def _decode(cursor: str) -> tuple[int, UUID]:
    try:
        score, product_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return int(score), UUID(product_id)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise BadUserInput("is not a cursor of this list", field=("after",)) from None
