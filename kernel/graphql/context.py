"""What a resolver may reach: the caller, reads of the caller's tenant, and the edge that runs use cases."""

from uuid import UUID

from kernel.bus import LiveEvents
from kernel.database.connection import Database
from kernel.database.reading import Reader
from kernel.errors import Unauthenticated, Unavailable
from kernel.identity import Principal
from kernel.permissions import require_scope
from kernel.tenant_transactions import CommandT, ResultT, TenantTransactions, UseCase


class RequestContext:
    """The context of one GraphQL operation in one subgraph; a subgraph that needs more has a subclass."""

    def __init__(self, database: Database, principal: Principal | None) -> None:
        self.principal = principal
        self._live: LiveEvents | None = None
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

    @property
    def live(self) -> LiveEvents:
        """What is published from now on.

        Raises:
            Unavailable: this process has no bus.
        """
        if self._live is None:
            raise Unavailable("live events are not available here")
        return self._live

    def watch(self, live: LiveEvents | None) -> None:
        """Let this operation, a subscription, see what is published."""
        self._live = live

    async def rest(self) -> None:
        """Between two events of a subscription: the next one reads anew, and holds no connection until then."""
        await self._release_reads()

    async def run(self, use_case: UseCase[CommandT, ResultT], command: CommandT) -> ResultT:
        """Run a use case in one transaction; commit, or change nothing."""
        await self._release_reads()
        return await self._transactions().run(use_case, command)

    async def run_once(
        self, use_case: UseCase[CommandT, ResultT], command: CommandT, *, key: str, result_type: type[ResultT]
    ) -> ResultT:
        """Like `run`, but once per idempotency key; the stored result must be JSON-able as `result_type`."""
        await self._release_reads()
        return await self._transactions().run_once(use_case, command, key=key, result_type=result_type)

    async def close(self) -> None:
        """End the reads; resolvers that are still on their way get no new ones."""
        self._is_closed = True
        if self._reader is not None:
            await self._reader.close()

    def _transactions(self) -> TenantTransactions:
        if self.principal is None:
            raise Unauthenticated("sign in first")
        return TenantTransactions(self._database, self.principal)

    async def _release_reads(self) -> None:
        """A write must not wait for a second connection while this operation keeps one it does not use."""
        if self._reader is not None:
            await self._reader.release()
