"""Root fields of payments."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, read_connection
from kernel.ids import GlobalId
from subgraphs.payments.graphql.types import Payment, PaymentsInfo, Refund, load_payment
from subgraphs.payments.repository import count_payments, count_refunds, payments_page, refunds_page


@strawberry.type
class Query:
    """What payments answers. Each list is one statement, and one more when totalCount is selected."""

    @strawberry.federation.field(
        description="A payment of the tenant. Scope: payments:read.", requires_scopes=[["payments:read"]]
    )
    async def payment(self, info: PaymentsInfo, id: strawberry.ID) -> Payment | None:  # noqa: A002
        """By global id."""
        info.context.require("payments:read")
        return await load_payment(info, GlobalId.decode(id, expected_type="Payment").uuid)

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
        context = info.context
        context.require("payments:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: payments_page(session, arguments),
            Payment.of,
            count=count_payments,
        )

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
        context = info.context
        context.require("payments:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: refunds_page(session, arguments),
            Refund.of,
            count=count_refunds,
        )
