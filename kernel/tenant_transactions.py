"""The edge that runs use cases: each in one transaction of one tenant, which commits or changes nothing."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

from kernel.database.connection import Database
from kernel.database.transaction import Transaction
from kernel.idempotency import IdempotencyKey, run_once
from kernel.identity import Principal
from kernel.permissions import SERVICE

CommandT = TypeVar("CommandT")
ResultT = TypeVar("ResultT")
UseCase: TypeAlias = Callable[[Transaction, CommandT], Awaitable[ResultT]]


class Transactions(Protocol):
    """Who runs use cases of one tenant: the context of a request, or a worker."""

    async def run(self, use_case: UseCase[CommandT, ResultT], command: CommandT) -> ResultT:
        """Commit, or change nothing."""
        ...

    async def run_once(
        self, use_case: UseCase[CommandT, ResultT], command: CommandT, *, key: str, result_type: type[ResultT]
    ) -> ResultT:
        """Like `run`, but once per idempotency key; the stored result must be JSON-able as `result_type`."""
        ...


class TenantTransactions:
    """Transactions in the name of `principal`, in its tenant. Implements `Transactions`."""

    def __init__(self, database: Database, principal: Principal) -> None:
        self._database = database
        self._principal = principal

    async def run(self, use_case: UseCase[CommandT, ResultT], command: CommandT) -> ResultT:
        """Commit, or change nothing."""
        async with self._database.transaction(self._principal) as tx:
            return await use_case(tx, command)

    async def run_once(
        self, use_case: UseCase[CommandT, ResultT], command: CommandT, *, key: str, result_type: type[ResultT]
    ) -> ResultT:
        """Once per idempotency key."""
        async with self._database.transaction(self._principal) as tx:
            name = IdempotencyKey(getattr(use_case, "__name__", "use_case"), key)
            return await run_once(tx, name, command, lambda: use_case(tx, command), result_type)


def transactions_of_worker(database: Database, worker: str) -> Callable[[UUID], TenantTransactions]:
    """The transactions of a worker, which no request brings, by the tenant it works for."""

    def of_tenant(tenant_id: UUID) -> TenantTransactions:
        principal = Principal(subject=worker, tenant_id=tenant_id, roles=frozenset({SERVICE}), client_id=worker)
        return TenantTransactions(database, principal)

    return of_tenant
