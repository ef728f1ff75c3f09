"""The saga store: leases and fences by the database's clock (security.md §3.2, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, Result, RowMapping, text

from kernel.database import Database
from subgraphs.orders.model.saga import SagaPayload, SagaState, SagaStep, read_payload

LEASE_SECONDS: Final = 15

# the state is compared with literals so that the partial index of live sagas serves
_LIVE: Final = "state IN ('RUNNING', 'COMPENSATING')"
_DUE: Final = f"{_LIVE} AND next_run_at <= now() AND lease_until < now()"
_TAKE: Final = """
    UPDATE orders.checkout_saga SET
        lease_until = now() + make_interval(secs => :lease), fence = fence + 1,
        attempts = attempts + 1, updated_at = now()
"""
_TAKEN: Final = "RETURNING tenant_id, id, order_id, state, step, attempts, fence, reason, payload"
_CLAIM: Final = text(f"{_TAKE} WHERE tenant_id = :tenant_id AND id = :id AND {_DUE} {_TAKEN}")
_CLAIM_DUE: Final = text(f"""
    {_TAKE} WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM orders.checkout_saga WHERE {_DUE}
        ORDER BY next_run_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) {_TAKEN}
""")  # noqa: S608 - literals of this module
_RECORD: Final = text(f"""
    UPDATE orders.checkout_saga SET
        state = :state, step = :step, attempts = :attempts, reason = :reason, last_error = :last_error,
        next_run_at = now() + make_interval(secs => :delay),
        lease_until = now() + make_interval(secs => :lease),
        payload = CASE WHEN :is_over THEN payload - 'payment_token' ELSE payload END,
        updated_at = now()
    WHERE tenant_id = :tenant_id AND id = :id AND fence = :fence AND {_LIVE}
""")  # noqa: S608 - literals of this module
_RESUME: Final = text("""
    UPDATE orders.checkout_saga SET
        state = CASE WHEN reason IS NULL THEN 'RUNNING' ELSE 'COMPENSATING' END,
        attempts = 0, next_run_at = now(), lease_until = now() - interval '1 second', updated_at = now()
    WHERE tenant_id = :tenant_id AND id = :id AND state = 'NEEDS_ATTENTION'
""")


@dataclass(frozen=True, slots=True)
class ClaimedSaga:
    """A saga this runner holds while `fence` is the stored one; `attempts` counts tries of `step`, this one too."""

    tenant_id: UUID
    saga_id: UUID
    order_id: UUID
    fence: int
    state: SagaState
    step: SagaStep
    attempts: int
    reason: str | None
    payload: SagaPayload


@dataclass(frozen=True, slots=True)
class SagaRecord:
    """What a step led to. `delay_seconds` is None while the runner goes on, else it lets go until then."""

    state: SagaState
    step: SagaStep
    attempts: int
    reason: str | None = None
    last_error: str | None = None
    delay_seconds: float | None = None


class SagaStore:
    """Claims and records sagas of all tenants, as the role `orders_worker`."""

    def __init__(self, database: Database, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._lease_seconds = lease_seconds

    async def claim(self, tenant_id: UUID, saga_id: UUID) -> ClaimedSaga | None:
        """Take the lease of a due saga nobody holds; None when it is held, over, or not due."""
        values = {"tenant_id": tenant_id, "id": saga_id, "lease": self._lease_seconds}
        async with self._database.across_tenants() as session:
            row = (await session.execute(_CLAIM, values)).mappings().one_or_none()
        return _claimed(row) if row is not None else None

    async def claim_due(self, limit: int) -> Sequence[ClaimedSaga]:
        """Take up to `limit` due sagas that no other sweeper is looking at, the longest due first."""
        values = {"limit": limit, "lease": self._lease_seconds}
        async with self._database.across_tenants() as session:
            rows = (await session.execute(_CLAIM_DUE, values)).mappings().all()
        return [_claimed(row) for row in rows]

    async def record(self, claim: ClaimedSaga, record: SagaRecord) -> bool:
        """Write what a step led to, and renew or give back the lease; False when another runner has taken over."""
        goes_on = record.delay_seconds is None and record.state.is_live
        values = {
            "tenant_id": claim.tenant_id,
            "id": claim.saga_id,
            "fence": claim.fence,
            "state": record.state,
            "step": record.step,
            "attempts": record.attempts,
            "reason": record.reason,
            "last_error": record.last_error,
            "delay": record.delay_seconds or 0.0,
            # a lease in the past: `lease_until < now()` must hold at once
            "lease": self._lease_seconds if goes_on else -1.0,
            "is_over": record.state in {SagaState.COMPLETED, SagaState.COMPENSATED},
        }
        async with self._database.across_tenants() as session:
            return _changed_one(await session.execute(_RECORD, values))

    async def resume(self, tenant_id: UUID, saga_id: UUID) -> bool:
        """Let a saga that needed attention try its step again, in its old direction; False if there is none such."""
        async with self._database.across_tenants() as session:
            return _changed_one(await session.execute(_RESUME, {"tenant_id": tenant_id, "id": saga_id}))

    async def count_live(self) -> int:
        """How many sagas are not over."""
        async with self._database.across_tenants() as session:
            query = text(f"SELECT count(*) FROM orders.checkout_saga WHERE {_LIVE}")  # noqa: S608 - a literal
            return int((await session.execute(query)).scalar_one())

    async def close(self) -> None:
        """Close the pool."""
        await self._database.close()


def _changed_one(result: Result[Any]) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1


def _claimed(row: RowMapping) -> ClaimedSaga:
    return ClaimedSaga(
        tenant_id=row["tenant_id"],
        saga_id=row["id"],
        order_id=row["order_id"],
        fence=row["fence"],
        state=SagaState(row["state"]),
        step=SagaStep(row["step"]),
        attempts=row["attempts"],
        reason=row["reason"],
        payload=read_payload(row["payload"]),
    )
