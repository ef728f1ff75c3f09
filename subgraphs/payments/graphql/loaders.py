"""Batched reads, all for those who may read payments, and the provider that mutations call."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import strawberry

from kernel.database import Database, Reader
from kernel.graphql import RequestContext
from kernel.graphql.execution import Batch
from kernel.identity import Principal
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.repository import (
    PaymentRow,
    RefundRow,
    payments_by_id,
    payments_of_orders,
    refunds_by_id,
    refunds_of_orders,
)
from subgraphs.payments.use_cases.resolve_payment import Patience


class PaymentsContext(RequestContext):
    """With the provider, and how long its answers are waited for."""

    def __init__(
        self, database: Database, principal: Principal | None, *, provider: PaymentProvider, patience: Patience
    ) -> None:
        super().__init__(database, principal)
        self.provider = provider
        self.patience = patience


PaymentsInfo: TypeAlias = strawberry.Info[PaymentsContext, None]
PaymentsBatch: TypeAlias = Batch[PaymentsContext, None]


def payments_reader(context: PaymentsContext) -> Reader:
    """Reads payments and refunds.

    Raises:
        Unauthenticated, Forbidden: the caller lacks payments:read.
    """
    context.require("payments:read")
    return context.reader


async def load_payments(batch: PaymentsBatch, ids: Sequence[UUID]) -> Mapping[UUID, PaymentRow]:
    """By id."""
    return await payments_by_id(payments_reader(batch.context), ids, batch.columns)


async def load_refunds(batch: PaymentsBatch, ids: Sequence[UUID]) -> Mapping[UUID, RefundRow]:
    """By id."""
    return await refunds_by_id(payments_reader(batch.context), ids, batch.columns)


async def load_payments_of_orders(
    batch: PaymentsBatch, order_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[PaymentRow]]:
    """All attempts to pay each order, oldest first."""
    return await payments_of_orders(payments_reader(batch.context), order_ids, batch.columns)


async def load_refunds_of_orders(batch: PaymentsBatch, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RefundRow]]:
    """What was given back of each order, oldest first."""
    return await refunds_of_orders(payments_reader(batch.context), order_ids, batch.columns)
