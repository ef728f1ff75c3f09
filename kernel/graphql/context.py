"""What a resolver may reach: the caller, reads of the caller's tenant, and the edge that runs use cases."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar
from uuid import UUID

from kernel.database.connection import Database
from kernel.database.reading import Reader
from kernel.database.transaction import Transaction
from kernel.errors import Unauthenticated, Unavailable
from kernel.idempotency import IdempotencyKey, run_once
from kernel.identity import Principal
from kernel.permissions import require_scope

CommandT = TypeVar("CommandT")
ResultT = TypeVar("ResultT")
UseCase: TypeAlias = Callable[[Transaction, CommandT], Awaitable[ResultT]]


class RequestContext:
    """The context of one GraphQL operation in one subgraph; a subgraph that needs more has a subclass."""

    def __init__(self, database: Database, principal: Principal | None) -> None:
        self.principal = principal
        self._database = database
        self._reader: Reader | None = None
        self._is_closed = False

    @property
    def tenant_id(self) -> UUID:
        """The caller's tenant.

        Raises:
            Unauthenticated: nobody is signed in, or a service chose no tenant.
        """
        if self.principal is None or self.principal.tenant_id is None:
            raise Unauthenticated("sign in first")
        return self.principal.tenant_id

    def require(self, scope: str) -> Principal:
        """The caller if it holds `scope`; raises Unauthenticated or Forbidden."""
        return require_scope(self.principal, scope)

    @property
    def reader(self) -> Reader:
        """Reads of the caller's tenant, in one transaction; concurrent resolvers take turns.

        Raises:
            Unauthenticated: see `tenant_id`.
            Unavailable: the operation has ended.
        """
        if self._is_closed:
            raise Unavailable("the operation has ended")
        if self._reader is None:
            self._reader = self._database.reader(self.tenant_id)
        return self._reader

    async def run(self, use_case: UseCase[CommandT, ResultT], command: CommandT) -> ResultT:
        """Run a use case in one transaction; commit, or change nothing."""
        await self._release_reads()
        async with self._database.transaction(self._caller()) as tx:
            return await use_case(tx, command)

    async def run_once(
        self, use_case: UseCase[CommandT, ResultT], command: CommandT, *, key: str, result_type: type[ResultT]
    ) -> ResultT:
        """Like `run`, but once per idempotency key; the stored result must be JSON-able as `result_type`."""
        await self._release_reads()
        async with self._database.transaction(self._caller()) as tx:
            name = IdempotencyKey(getattr(use_case, "__name__", "use_case"), key)
            return await run_once(tx, name, command, lambda: use_case(tx, command), result_type)

    async def close(self) -> None:
        """End the reads; resolvers that are still on their way get no new ones."""
        self._is_closed = True
        if self._reader is not None:
            await self._reader.close()

    def _caller(self) -> Principal:
        if self.principal is None:
            raise Unauthenticated("sign in first")
        return self.principal

    async def _release_reads(self) -> None:
        """A write must not wait for a second connection while this operation keeps one it does not use."""
        if self._reader is not None:
            await self._reader.release()
