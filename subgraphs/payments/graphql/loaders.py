"""Batched reads of one operation, and the provider its mutations call."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kernel.graphql import RequestContext
from subgraphs.payments.model import Payment, Refund
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.repository import payments_by_id, payments_of_orders, refunds_by_id, refunds_of_orders
from subgraphs.payments.use_cases.resolve_payment import Patience


class PaymentsLoaders:
    """By id, or all of an order; None or nothing where the tenant has no such row."""

    def __init__(
        self, context: "RequestContext[PaymentsLoaders]", provider: PaymentProvider, patience: Patience
    ) -> None:
        self._context = context
        self.provider = provider
        self.patience = patience
        self.payment: DataLoader[UUID, Payment | None] = DataLoader(self._payments)
        self.refund: DataLoader[UUID, Refund | None] = DataLoader(self._refunds)
        self.payments_of_order: DataLoader[UUID, list[Payment]] = DataLoader(self._payments_of_orders)
        self.refunds_of_order: DataLoader[UUID, list[Refund]] = DataLoader(self._refunds_of_orders)

    async def _payments(self, ids: Sequence[UUID]) -> list[Payment | None]:
        async with self._context.reading() as session:
            found = {payment.id: payment for payment in await payments_by_id(session, ids)}
        return [found.get(payment_id) for payment_id in ids]

    async def _refunds(self, ids: Sequence[UUID]) -> list[Refund | None]:
        async with self._context.reading() as session:
            found = {refund.id: refund for refund in await refunds_by_id(session, ids)}
        return [found.get(refund_id) for refund_id in ids]

    async def _payments_of_orders(self, ids: Sequence[UUID]) -> list[list[Payment]]:
        found: defaultdict[UUID, list[Payment]] = defaultdict(list)
        async with self._context.reading() as session:
            for payment in await payments_of_orders(session, ids):
                found[payment.order_id].append(payment)
        return [found[order_id] for order_id in ids]

    async def _refunds_of_orders(self, ids: Sequence[UUID]) -> list[list[Refund]]:
        found: defaultdict[UUID | None, list[Refund]] = defaultdict(list)
        async with self._context.reading() as session:
            for refund in await refunds_of_orders(session, ids):
                found[refund.order_id].append(refund)
        return [found[order_id] for order_id in ids]
