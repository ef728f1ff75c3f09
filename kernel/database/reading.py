"""Reads of one tenant, straight through asyncpg: one read-only transaction, and rows that are not copied."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Self, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy.orm import InstrumentedAttribute

from kernel.database.listing import Listing, Shape, plural_of
from kernel.database.paging import Page, PageArguments, PageRead, SortKey
from kernel.database.read_pool import ReadConnection, ReadPool
from kernel.database.row import RowT
from kernel.database.statement_count import note_statement
from kernel.errors import BadUserInput, Unavailable

KeyT = TypeVar("KeyT")
ParentT = TypeVar("ParentT")
Columns: TypeAlias = Iterable[str]
# the last: the server has said that it ends the connection, and the connection has not noticed yet
_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class ReadFailed(Exception):
    """The database refused a read. It does not repeat what was sent: parameters are people's names."""


class Reader:
    """Reads of one tenant. Opens its transaction with the first statement; statements take turns.

    Conditions of a listing are given by the names of their parameters; one that is None does not narrow.
    """

    def __init__(self, pool: ReadPool, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._pool = pool
        self._lock = asyncio.Lock()
        self._connection: ReadConnection | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def rows(self, listing: Listing[RowT], columns: Columns, **given: object) -> list[RowT]:
        """The rows, in the listing's own order."""
        chosen = _chosen(given)
        return await self._fetch(listing.rows(frozenset(columns), chosen), chosen)

    async def row(self, listing: Listing[RowT], columns: Columns, **given: object) -> RowT | None:
        """The only row there is, or None."""
        rows = await self.rows(listing, columns, **given)
        if len(rows) > 1:
            raise LookupError(f"{len(rows)} rows of {listing.row.__name__} instead of one")
        return rows[0] if rows else None

    async def by(
        self,
        listing: Listing[RowT],
        columns: Columns,
        key: InstrumentedAttribute[KeyT],
        keys: Sequence[KeyT],
        **given: object,
    ) -> dict[KeyT, RowT]:
        """The row of each key that there is; `key` is unique, and the listing has `one_of(key)`."""
        rows = await self.rows(listing, {*columns, key.key}, **{plural_of(key): keys}, **given)
        return {getattr(row, key.key): row for row in rows}

    async def lists(
        self,
        listing: Listing[RowT],
        columns: Columns,
        parent: InstrumentedAttribute[KeyT],
        parents: Sequence[KeyT],
        **given: object,
    ) -> dict[KeyT, list[RowT]]:
        """The rows of each parent that has any, in the listing's own order; the listing has `one_of(parent)`."""
        found: dict[KeyT, list[RowT]] = {}
        for row in await self.rows(listing, {*columns, parent.key}, **{plural_of(parent): parents}, **given):
            found.setdefault(getattr(row, parent.key), []).append(row)
        return found

    async def value(self, listing: Listing[Any], column: str, **given: object) -> Any:
        """One column of the only row there is, or None."""
        row = await self.row(listing, (column,), **given)
        return getattr(row, column) if row is not None else None

    async def count(self, listing: Listing[Any], **given: object) -> int:
        """How many rows there are."""
        chosen = _chosen(given)
        return (await self._fetch(listing.count(chosen), chosen))[0][0]

    async def counts(self, listing: Listing[Any], by: str, **given: object) -> dict[Any, int]:
        """How many rows there are per value of the column `by`; values without rows are left out."""
        chosen = _chosen(given)
        return {row[0]: row[1] for row in await self._fetch(listing.count(chosen, by), chosen)}

    async def page(
        self,
        listing: Listing[RowT],
        columns: Columns,
        order: Sequence[SortKey],
        arguments: PageArguments,
        **given: object,
    ) -> Page[RowT]:
        """One page of the rows; the columns of the order, which must be unique, are read too.

        Raises:
            BadUserInput: the cursor is not one of this list.
        """
        chosen = _chosen(given)
        read = PageRead(listing, columns, order, arguments)
        return read.page(await self._fetch(read.shape(chosen), {**chosen, **read.values()}))

    async def pages(
        self,
        listing: Listing[RowT],
        columns: Columns,
        order: Sequence[SortKey],
        arguments: PageArguments,
        *,
        parent: str,
        parents: Sequence[ParentT],
    ) -> dict[ParentT, Page[RowT]]:
        """The same page of each parent's own list: parent → page, for every one of `parents`.

        `parent` is the column that names the parent of a row.
        """
        read = PageRead(listing, columns, order, arguments)
        return read.pages(await self._fetch(read.shape_by(parent), read.values(parents)), parent, parents)

    async def release(self) -> None:
        """End the transaction; the next statement opens another one."""
        async with self._lock:
            await self._release()

    async def close(self) -> None:
        """End the transaction for good, after a statement that is under way."""
        # before the wait for it: that statement then ends the transaction even if nobody waits any longer
        self._is_closed = True
        async with self._lock:
            await self._release()

    async def _fetch(self, shape: Shape[RowT], given: Mapping[str, object]) -> list[RowT]:
        async with self._lock:
            if self._is_closed:
                raise Unavailable("the operation has ended")
            connection = self._connection or await self._begin()
            note_statement(shape.sql)
            try:
                return await connection.fetch(shape.sql, *shape.arguments(given), record_class=shape.row)
            except asyncpg.QueryCanceledError:
                await self._release()
                raise Unavailable("the database took too long to answer") from None
            except asyncpg.CharacterNotInRepertoireError:
                # only a client's text can hold NUL: a column cannot
                await self._release()
                raise BadUserInput("a text holds a character that is never stored") from None
            except _FAILURES as error:
                await self._release()
                raise ReadFailed(_without_values(error, shape.sql)) from None
            except BaseException:
                # cancelled, or the connection is lost: nobody may find this transaction as it is now
                await self._release()
                raise
            finally:
                if self._is_closed:
                    await self._release()

    async def _begin(self) -> ReadConnection:
        # a UUID prints no quote, and a statement with parameters could not share the way to the server with BEGIN
        fence = f"BEGIN READ ONLY; SELECT set_config('app.tenant', '{UUID(bytes=self.tenant_id.bytes)}', true)"
        self._connection = await self._pool.acquire()
        note_statement(fence)
        try:
            await self._connection.execute(fence)
        except BaseException:
            await self._release()
            raise
        return self._connection

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.release(connection)


def _chosen(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def _without_values(error: Exception, sql: str) -> str:
    code = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} ({code}) of: {sql}"
