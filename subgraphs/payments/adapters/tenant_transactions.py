"""Transactions of one tenant for a worker, where no request brings them."""

from typing import TypeVar

from kernel.database import Database
from kernel.graphql.context import UseCase
from kernel.idempotency import IdempotencyKey, run_once
from kernel.identity import Principal

CommandT = TypeVar("CommandT")
ResultT = TypeVar("ResultT")


class TenantTransactions:
    """Implements `ports.Transactions` for a service acting for the tenant of `principal`."""

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
