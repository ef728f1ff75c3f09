"""Bring every account that is not in step into step, of all tenants."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

from kernel.database import Database
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.identity.ports import IdentityProvider, ProviderSilent
from subgraphs.identity.repository.accounts import ClaimedAccount, claim_due_accounts, postpone_account
from subgraphs.identity.use_cases.sync_account import sync_account

log = get_logger(__name__)
_FIRST_DELAY_SECONDS: Final = 1.0
_LONGEST_DELAY_SECONDS: Final = 600.0
_WORRYING_ATTEMPTS: Final = 10


class AccountTasks:
    """The queue of accounts, of all tenants. `database` is the role `identity_worker`."""

    def __init__(
        self, database: Database, transactions_of: Callable[[UUID], Transactions], provider: IdentityProvider
    ) -> None:
        self._database = database
        self._transactions_of = transactions_of
        self._provider = provider

    async def run_due(self, limit: int = 20) -> int:
        """Claim up to `limit` due tasks and work on them at once; how many were claimed.

        A crash loses nothing: the lease ends, and another worker does every step again.
        """
        async with self._database.across_tenants() as session:
            claims = await claim_due_accounts(session, limit)
        await asyncio.gather(*(self._run(claim) for claim in claims))
        return len(claims)

    async def _run(self, claim: ClaimedAccount) -> None:
        try:
            transactions = self._transactions_of(claim.tenant_id)
            state = await sync_account(transactions, self._provider, claim.user_id, self._database)
        except ProviderSilent as error:
            await self._postpone(claim, str(error))
        except Exception as error:
            log.exception("account_sync_failed", user_id=str(claim.user_id))
            await self._postpone(claim, type(error).__name__)
        else:
            log.info("account_synced", user_id=str(claim.user_id), state=state, attempts=claim.attempts)
            await self._postpone(claim, "asked again meanwhile", delay_seconds=0.0)

    async def _postpone(self, claim: ClaimedAccount, reason: str, *, delay_seconds: float | None = None) -> None:
        """Give the task back, if there still is one."""
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(claim.attempts - 1, 10), _LONGEST_DELAY_SECONDS)
        if claim.attempts == _WORRYING_ATTEMPTS:
            log.error("account_sync_needs_attention", user_id=str(claim.user_id), reason=reason)
        async with self._database.across_tenants() as session:
            await postpone_account(
                session, claim, delay_seconds=delay if delay_seconds is None else delay_seconds, reason=reason
            )
