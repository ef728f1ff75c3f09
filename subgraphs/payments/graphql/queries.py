"""Root fields of payments."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, connection_of, find
from kernel.graphql.execution import selected_columns
from subgraphs.payments.graphql.loaders import PaymentsInfo, load_payments, payments_reader
from subgraphs.payments.graphql.types import Payment, Refund
from subgraphs.payments.repository import count_payments, count_refunds, payments_page, refunds_page


@strawberry.type
class Query:
    """What payments answers. Each list is one statement, and one more when totalCount is selected."""

    payment = find(
        Payment, load_payments, scope="payments:read", description="A payment of the tenant. Scope: payments:read."
    )

    @strawberry.federation.field(
        description="The tenant's payments, latest first. Scope: payments:read.", requires_scopes=[["payments:read"]]
    )
    async def payments(
        self,
        info: PaymentsInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Payment]:
        """One page."""
        reader = payments_reader(info.context)
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        page = await payments_page(reader, selected_columns(info), arguments)
        return connection_of(page, lambda row: Payment(row=row), count=lambda: count_payments(reader))

    @strawberry.federation.field(
        description="The tenant's refunds, latest first. Scope: payments:read.", requires_scopes=[["payments:read"]]
    )
    async def refunds(
        self,
        info: PaymentsInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Refund]:
        """One page."""
        reader = payments_reader(info.context)
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        page = await refunds_page(reader, selected_columns(info), arguments)
        return connection_of(page, lambda row: Refund(row=row), count=lambda: count_refunds(reader))
