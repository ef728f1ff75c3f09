"""Transactions of one tenant for a worker, where no request brings them."""

from typing import TypeVar

from kernel.database import Database
from kernel.graphql.context import UseCase
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
