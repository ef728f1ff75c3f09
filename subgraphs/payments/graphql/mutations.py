"""Internal mutations of payments: authorize, translate, run one use case, translate back."""

from uuid import UUID

import strawberry

from kernel.errors import Refusal
from kernel.graphql import MoneyInput
from kernel.ids import GlobalId
from subgraphs.payments.graphql.loaders import PaymentsInfo
from subgraphs.payments.graphql.types import Carried, PaymentPayload
from subgraphs.payments.use_cases.charge_order import ChargeOrder, charge_order
from subgraphs.payments.use_cases.resolve_payment import resolve_order
from subgraphs.payments.use_cases.void_order import VoidOrder, void_order


@strawberry.type
class Mutation:
    """What payments can do for the saga. The provider is called between two transactions, never inside one."""

    @strawberry.federation.mutation(
        description="Charges an order. UNKNOWN when the provider did not answer. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def payment_charge(  # noqa: PLR0917 - arguments of the graph
        self, info: PaymentsInfo, order_id: strawberry.ID, amount: MoneyInput, token: str, idempotency_key: str
    ) -> PaymentPayload:
        """Once per key, at the provider too."""
        context, provider = info.context, info.context.provider
        context.require("saga:run")
        command = ChargeOrder(_order_id(order_id), amount.to_money("amount"), token, provider.name)
        try:
            state = await charge_order(context, provider, command, tenant_id=context.tenant_id, key=idempotency_key)
        except Refusal as refusal:
            return PaymentPayload(row=Carried.refused(refusal))
        return PaymentPayload(row=Carried(state.payment_id, outcome=state.outcome))

    @strawberry.federation.mutation(
        description="Asks the provider what became of an order's charge. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def payment_resolve(
        self, info: PaymentsInfo, order_id: strawberry.ID, idempotency_key: str
    ) -> PaymentPayload:
        """Asking changes nothing twice, so the key is only there for every step to look the same."""
        del idempotency_key
        context = info.context
        context.require("saga:run")
        try:
            state = await resolve_order(context, context.provider, _order_id(order_id), context.patience)
        except Refusal as refusal:
            return PaymentPayload(row=Carried.refused(refusal))
        return PaymentPayload(row=Carried(state.payment_id, outcome=state.outcome))

    @strawberry.federation.mutation(
        description="Gives up an order's money: late charges are refused, what was captured goes back. VOIDED when "
        "all is known to be back, UNKNOWN while the provider is silent. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def payment_void(self, info: PaymentsInfo, order_id: strawberry.ID, idempotency_key: str) -> PaymentPayload:
        """Voiding twice is voiding once, whatever the key; a worker finishes what stays UNKNOWN."""
        del idempotency_key
        context = info.context
        context.require("saga:run")
        voided = await void_order(context, context.provider, VoidOrder(_order_id(order_id)), context.patience)
        return PaymentPayload(row=Carried(voided.payment_id, outcome=voided.outcome))


def _order_id(global_id: strawberry.ID) -> UUID:
    return GlobalId.decode(global_id, expected_type="Order", field=("orderId",)).uuid
