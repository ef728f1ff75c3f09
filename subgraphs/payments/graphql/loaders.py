"""Batched reads, all for those who may read payments, and the provider that mutations call."""

from typing import Final, TypeAlias

import strawberry

from kernel.database import Database, Reader
from kernel.graphql import RequestContext, lists_by, rows_by
from kernel.identity import Principal
from subgraphs.payments.model import Payment, Refund
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.repository import PAYMENTS, REFUNDS
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


def payments_reader(context: PaymentsContext) -> Reader:
    """Reads payments and refunds.

    Raises:
        Unauthenticated, Forbidden: the caller lacks payments:read.
    """
    context.require("payments:read")
    return context.reader


load_payments: Final = rows_by(PAYMENTS, Payment.id, scope="payments:read")
load_refunds: Final = rows_by(REFUNDS, Refund.id, scope="payments:read")
#: oldest first
load_payments_of_orders: Final = lists_by(PAYMENTS, Payment.order_id, scope="payments:read")
load_refunds_of_orders: Final = lists_by(REFUNDS, Refund.order_id, scope="payments:read")
