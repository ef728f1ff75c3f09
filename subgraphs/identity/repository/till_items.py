"""The journal of tills' batches."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import utcnow
from kernel.database import Transaction
from subgraphs.identity.model import TillDeed, TillItem, TillItemOutcome


async def claim_till_item(tx: Transaction, deed: TillDeed) -> bool:
    """Write the item down; False if its id is known. Another transaction that is writing it is waited for."""
    row = insert(TillItem).values(
        tenant_id=tx.tenant_id,
        id=deed.id,
        batch_id=deed.batch_id,
        device_id=deed.device_id,
        cashier=tx.principal.subject,
        kind=deed.kind,
        occurred_at=deed.occurred_at,
        body=deed.body,
        received_at=utcnow(),
    )
    return await tx.session.scalar(row.on_conflict_do_nothing().returning(TillItem.id)) is not None


async def note_outcome(tx: Transaction, deed: TillDeed, outcome: TillItemOutcome) -> None:
    """Remember what became of a claimed item."""
    await tx.session.execute(
        update(TillItem)
        .where(TillItem.id == deed.id)
        .values(status=outcome.status, code=outcome.code, field=outcome.field, reason=outcome.reason)
    )


async def known_outcome(tx: Transaction, deed: TillDeed) -> TillItemOutcome:
    """The answer to an item that is written down already."""
    item = (await tx.session.scalars(select(TillItem).where(TillItem.id == deed.id))).one()
    return item.outcome_for(deed, tx.principal.subject)
