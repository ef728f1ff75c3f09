"""Ask the provider what is due: lost answers of charges, and refunds to carry."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Final
from uuid import UUID

from kernel.database import Database
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.payments.model import TaskKind
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.repository import ClaimedTask, claim_due_tasks, postpone_task
from subgraphs.payments.use_cases.carry_refund import carry_refund
from subgraphs.payments.use_cases.resolve_payment import Patience, read_payment, resolve_payment

log = get_logger(__name__)
_FIRST_DELAY_SECONDS: Final = 1.0
_LONGEST_DELAY_SECONDS: Final = 600.0
_WORRYING_ATTEMPTS: Final = 10


class ProviderTasks:
    """The queue of work with the provider, of all tenants. `database` is the role `payments_worker`."""

    def __init__(
        self,
        database: Database,
        transactions_of: Callable[[UUID], Transactions],
        provider: PaymentProvider,
        patience: Patience,
    ) -> None:
        self._database = database
        self._transactions_of = transactions_of
        self._provider = provider
        self._patience = patience

    async def run_due(self, limit: int = 20) -> int:
        """Claim up to `limit` due tasks and work on them at once; how many were claimed.

        A crash loses nothing: the lease ends and another worker repeats the call with the same provider key.
        """
        async with self._database.across_tenants() as session:
            tasks = await claim_due_tasks(session, limit)
        await asyncio.gather(*(self._run(task) for task in tasks))
        return len(tasks)

    async def _run(self, task: ClaimedTask) -> None:
        try:
            progress = await self._work(task)
        except Exception as error:
            log.exception("provider_task_failed", kind=task.kind, subject_id=str(task.subject_id))
            progress = _Progress.STUCK
            reason = type(error).__name__
        else:
            reason = progress.value
        if progress is not _Progress.DONE:
            await self._postpone(task, progress, reason)

    async def _work(self, task: ClaimedTask) -> "_Progress":
        transactions = self._transactions_of(task.tenant_id)
        if task.kind is TaskKind.REFUND:
            is_done = await carry_refund(transactions, self._provider, task.subject_id)
            return _Progress.DONE if is_done else _Progress.STUCK
        state = await transactions.run(read_payment, task.subject_id)
        state = await resolve_payment(transactions, self._provider, state, self._patience)
        if state.is_settled:
            return _Progress.DONE
        return _Progress.WATCHING if state.is_known else _Progress.STUCK

    async def _postpone(self, task: ClaimedTask, progress: "_Progress", reason: str) -> None:
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(task.attempts - 1, 10), _LONGEST_DELAY_SECONDS)
        if progress is _Progress.STUCK and task.attempts == _WORRYING_ATTEMPTS:
            log.error("provider_task_needs_attention", kind=task.kind, subject_id=str(task.subject_id), reason=reason)
        async with self._database.across_tenants() as session:
            await postpone_task(session, task, delay_seconds=delay, reason=reason)


class _Progress(StrEnum):
    """WATCHING asks on for a day, in case a charge that was given up arrives at the provider after all."""

    DONE = "done"
    STUCK = "the provider is silent or does not know yet"
    WATCHING = "watching for a late capture"
