"""A saga store in memory: claims, fences and waits without a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from kernel.ids import uuid7
from subgraphs.orders.app import ClaimedSaga, SagaPayload, SagaRecord, SagaState, SagaStep, StockLine

ONE_MUG = SagaPayload(total_minor=250, currency="GBP", lines=(StockLine(uuid7(), 1),), payment_token="tok_approve")


@dataclass(slots=True)
class Row:
    claim: ClaimedSaga
    is_held: bool = False
    waits: bool = False


class FakeSagas:
    """`pass_time` ends every wait and every lease."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}
        self.records: list[SagaRecord] = []

    def add(
        self,
        payload: SagaPayload = ONE_MUG,
        *,
        step: SagaStep = SagaStep.RESERVE_STOCK,
        state: SagaState = SagaState.RUNNING,
        attempts: int = 0,
    ) -> ClaimedSaga:
        claim = ClaimedSaga(
            tenant_id=uuid7(),
            saga_id=uuid7(),
            order_id=uuid7(),
            fence=0,
            state=state,
            step=step,
            attempts=attempts,
            reason=None,
            payload=payload,
        )
        self.rows[claim.saga_id] = Row(claim)
        return claim

    def now(self, saga_id: UUID) -> ClaimedSaga:
        return self.rows[saga_id].claim

    def pass_time(self) -> None:
        for row in self.rows.values():
            row.is_held = row.waits = False

    async def claim(self, tenant_id: UUID, saga_id: UUID) -> ClaimedSaga | None:
        row = self.rows[saga_id]
        if row.claim.tenant_id != tenant_id or row.is_held or row.waits or not row.claim.state.is_live:
            return None
        row.is_held = True
        row.claim = replace(row.claim, fence=row.claim.fence + 1, attempts=row.claim.attempts + 1)
        return row.claim

    async def claim_due(self, limit: int) -> Sequence[ClaimedSaga]:
        claims = [await self.claim(row.claim.tenant_id, saga_id) for saga_id, row in self.rows.items()]
        return [claim for claim in claims if claim is not None][:limit]

    async def record(self, claim: ClaimedSaga, record: SagaRecord) -> bool:
        row = self.rows[claim.saga_id]
        if row.claim.fence != claim.fence or not row.claim.state.is_live:
            return False
        self.records.append(record)
        row.claim = replace(
            row.claim, state=record.state, step=record.step, attempts=record.attempts, reason=record.reason
        )
        row.waits = record.delay_seconds is not None
        row.is_held = record.state.is_live and not row.waits
        return True
