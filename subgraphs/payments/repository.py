"""Every SQL statement of payments. Commands on one order lock its account first, then refund, then payment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.payments.model import (
    OrderAccount,
    Payment,
    PaymentMethod,
    PaymentStatus,
    ProviderTask,
    Refund,
    RefundStatus,
    TaskKind,
)


class PaymentRow(Row):
    """An attempt to capture an order's total; amounts are in minor units."""

    id: UUID
    order_id: UUID
    status: PaymentStatus
    amount_minor: int
    currency: str
    captured_minor: int
    refunded_minor: int
    method: PaymentMethod
    provider: str
    provider_reference: str | None
    failure_code: str | None
    created_at: datetime


class RefundRow(Row):
    """Money to give back; the amount is in minor units."""

    id: UUID
    payment_id: UUID | None
    order_id: UUID | None
    return_id: UUID | None
    status: RefundStatus
    amount_minor: int
    currency: str
    provider_reference: str | None
    failure_code: str | None
    created_at: datetime


PAYMENTS: Final = Listing(
    PaymentRow,
    Payment,
    one_of(Payment.id),
    one_of(Payment.order_id),
    order_by=(Payment.created_at, Payment.id),
)
REFUNDS: Final = Listing(
    RefundRow,
    Refund,
    one_of(Refund.id),
    one_of(Refund.order_id),
    order_by=(Refund.created_at, Refund.id),
)
_LATEST_PAYMENTS: Final = (SortKey(Payment.created_at, is_descending=True), SortKey(Payment.id, is_descending=True))
_LATEST_REFUNDS: Final = (SortKey(Refund.created_at, is_descending=True), SortKey(Refund.id, is_descending=True))
LEASE: Final = timedelta(seconds=30)
_CAPTURED: Final = (PaymentStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """Work this worker holds until the lease ends; `fence` proves the claim."""

    tenant_id: UUID
    kind: TaskKind
    subject_id: UUID
    attempts: int
    fence: int


async def payments_page(reader: Reader, columns: frozenset[str], arguments: PageArguments) -> Page[PaymentRow]:
    """Payments, latest first."""
    return await reader.page(PAYMENTS, columns, _LATEST_PAYMENTS, arguments)


async def count_payments(reader: Reader) -> int:
    """How many payments the tenant has."""
    return await reader.count(PAYMENTS)


async def refunds_page(reader: Reader, columns: frozenset[str], arguments: PageArguments) -> Page[RefundRow]:
    """Refunds, latest first."""
    return await reader.page(REFUNDS, columns, _LATEST_REFUNDS, arguments)


async def count_refunds(reader: Reader) -> int:
    """How many refunds the tenant has."""
    return await reader.count(REFUNDS)


async def lock_order_account(session: AsyncSession, tenant_id: UUID, order_id: UUID) -> OrderAccount:
    """The order's account, made when it is not there, locked until the transaction ends."""
    make = (
        insert(OrderAccount)
        .values(tenant_id=tenant_id, order_id=order_id, is_voided=False)
        # an update that changes nothing, because it locks and returns the row there is
        .on_conflict_do_update(index_elements=["tenant_id", "order_id"], set_={"is_voided": OrderAccount.is_voided})
        .returning(OrderAccount)
    )
    return (await session.scalars(make)).one()


async def payment_for_update(session: AsyncSession, payment_id: UUID) -> Payment | None:
    """The payment, locked."""
    return await session.scalar(select(Payment).where(Payment.id == payment_id).with_for_update())


async def payment_by_key(session: AsyncSession, provider_key: str) -> Payment | None:
    """The payment whose charge has this key at the provider."""
    return await session.scalar(select(Payment).where(Payment.provider_key == provider_key))


async def payments_of_order_for_update(session: AsyncSession, order_id: UUID) -> Sequence[Payment]:
    """All attempts to charge the order, locked, oldest first."""
    query = select(Payment).where(Payment.order_id == order_id).order_by(Payment.id).with_for_update()
    return (await session.scalars(query)).all()


async def latest_payment_of_order(session: AsyncSession, order_id: UUID) -> Payment | None:
    """The last attempt to charge the order."""
    query = select(Payment).where(Payment.order_id == order_id)
    return await session.scalar(query.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1))


async def payment_of_order_to_refund(session: AsyncSession, order_id: UUID) -> Payment | None:
    """The order's captured payment, locked."""
    query = select(Payment).where(Payment.order_id == order_id, Payment.status.in_(_CAPTURED))
    return await session.scalar(query.with_for_update())


async def has_pending_payment(session: AsyncSession, order_id: UUID) -> bool:
    """True while the provider's answer for the order is awaited."""
    query = select(Payment.id).where(Payment.order_id == order_id, Payment.status == PaymentStatus.PENDING)
    return await session.scalar(query) is not None


async def refund_for_update(session: AsyncSession, refund_id: UUID) -> Refund | None:
    """The refund, locked."""
    return await session.scalar(select(Refund).where(Refund.id == refund_id).with_for_update())


async def has_refund_of_return(session: AsyncSession, return_id: UUID) -> bool:
    """True when the return has its refund."""
    return await session.scalar(select(Refund.id).where(Refund.return_id == return_id)) is not None


async def pending_refunds_of_payments(session: AsyncSession, payment_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Ids of refunds the provider has not confirmed."""
    query = select(Refund.id).where(Refund.payment_id.in_(payment_ids), Refund.status == "PENDING")
    return (await session.scalars(query.order_by(Refund.id))).all()


async def add_task(
    session: AsyncSession, tenant_id: UUID, kind: TaskKind, subject_id: UUID, *, delay_seconds: float = 0
) -> None:
    """Have a worker ask the provider, at the earliest after `delay_seconds`; one task per subject."""
    task = insert(ProviderTask).values(
        tenant_id=tenant_id,
        kind=kind,
        subject_id=subject_id,
        next_run_at=func.now() + timedelta(seconds=delay_seconds),
    )
    await session.execute(task.on_conflict_do_nothing())


async def remove_task(session: AsyncSession, kind: TaskKind, subject_id: UUID) -> None:
    """The work is done."""
    await session.execute(
        delete(ProviderTask).where(ProviderTask.kind == kind, ProviderTask.subject_id == subject_id),
        execution_options={"synchronize_session": False},
    )


async def claim_due_tasks(session: AsyncSession, limit: int) -> list[ClaimedTask]:
    """Take due work of all tenants, by the database's clock; needs the worker role."""
    key = (ProviderTask.tenant_id, ProviderTask.kind, ProviderTask.subject_id)
    due = (
        select(*key)
        .where(ProviderTask.next_run_at <= func.now())
        .where(func.coalesce(ProviderTask.lease_until, func.now()) <= func.now())
        .order_by(ProviderTask.next_run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(ProviderTask)
        .where(tuple_(*key).in_(due))
        .values(lease_until=func.now() + LEASE, fence=ProviderTask.fence + 1, attempts=ProviderTask.attempts + 1)
        .returning(*key, ProviderTask.attempts, ProviderTask.fence)
        .execution_options(synchronize_session=False)
    )
    return [ClaimedTask(*row) for row in await session.execute(claim)]


async def postpone_task(session: AsyncSession, task: ClaimedTask, *, delay_seconds: float, reason: str) -> None:
    """Give claimed work back for later, unless another worker has claimed it since."""
    statement = (
        update(ProviderTask)
        .where(
            ProviderTask.tenant_id == task.tenant_id,
            ProviderTask.kind == task.kind,
            ProviderTask.subject_id == task.subject_id,
            ProviderTask.fence == task.fence,
        )
        .values(next_run_at=func.now() + timedelta(seconds=delay_seconds), lease_until=None, last_error=reason)
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)
