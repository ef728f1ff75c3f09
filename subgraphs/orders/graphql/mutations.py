"""Mutations of orders: authorize, translate, run one use case, translate back."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import strawberry

from kernel.errors import BadUserInput, Refusal
from kernel.graphql import Written, written
from kernel.ids import GlobalId
from kernel.tenant_transactions import UseCase
from subgraphs.orders.graphql.loaders import OrderInfo
from subgraphs.orders.graphql.types.inputs import (
    MAX_LINES,
    CartCreateInput,
    CartLineInput,
    CartLineUpdateInput,
    CartPayload,
    ChargeInput,
    CheckoutCompleteInput,
    CheckoutCompletePayload,
    OrderPayload,
    ReturnCreateInput,
    ReturnPayload,
)
from subgraphs.orders.model import CancelReason, ReturnOrigin
from subgraphs.orders.use_cases.add_lines import AddLines, add_lines
from subgraphs.orders.use_cases.cancel_order import CancelOrder, cancel_order
from subgraphs.orders.use_cases.change_lines import ChangeLines, change_lines
from subgraphs.orders.use_cases.complete_checkout import CompleteCheckout, complete_checkout
from subgraphs.orders.use_cases.confirm_order import ConfirmOrder, confirm_order
from subgraphs.orders.use_cases.create_cart import CreateCart, create_cart
from subgraphs.orders.use_cases.receive_return import ReceiveReturn, receive_return
from subgraphs.orders.use_cases.remove_lines import RemoveLines, remove_lines

CommandT = TypeVar("CommandT")
ItemT = TypeVar("ItemT")
_KEY = "A repeated key answers like the first time."

strawberry.federation.enum(  # pyright: ignore[reportUnknownMemberType]
    CancelReason, name="OrderCancelReason", description="Why a checkout gave up.", inaccessible=True
)


@strawberry.type
class Mutation:
    """What orders can change."""

    @strawberry.federation.mutation(
        description="Opens a cart for the caller, with its first lines. Charges and prices of one's own choice "
        f"need scope orders:manage. {_KEY}",
        authenticated=True,
    )
    async def cart_create(
        self,
        info: OrderInfo,
        input: CartCreateInput,  # noqa: A002
        idempotency_key: str | None = None,
    ) -> CartPayload:
        """Anybody with a token may have carts."""
        _check_manage(info, input.lines, input.charges)
        command = CreateCart(
            currency=input.currency_code,
            lines=tuple(line.to_draft("input", "lines", str(at)) for at, line in _bounded(input.lines)),
            charges=tuple(charge.to_draft("input", "charges", str(at)) for at, charge in _bounded(input.charges)),
            customer_reference=input.customer_reference,
        )
        return await _on_cart(info, create_cart, command, idempotency_key)

    @strawberry.federation.mutation(
        description="Adds goods to a cart, each as a line of its own; at most 250 at a time. Own cart: no scope, "
        f"else orders:write. {_KEY}",
        authenticated=True,
    )
    async def cart_lines_add(
        self, info: OrderInfo, cart_id: strawberry.ID, lines: list[CartLineInput], idempotency_key: str | None = None
    ) -> CartPayload:
        """All or none."""
        _check_manage(info, lines, ())
        drafts = tuple(line.to_draft("lines", str(at)) for at, line in _bounded(lines))
        return await _on_cart(info, add_lines, AddLines(_cart_id(cart_id), lines=drafts), idempotency_key)

    @strawberry.federation.mutation(
        description=f"Adds charges to a cart, at most 250 at a time. Scope: orders:manage. {_KEY}",
        requires_scopes=[["orders:manage"]],
    )
    async def cart_charges_add(
        self, info: OrderInfo, cart_id: strawberry.ID, charges: list[ChargeInput], idempotency_key: str | None = None
    ) -> CartPayload:
        """All or none."""
        _check_manage(info, (), charges)
        drafts = tuple(charge.to_draft("charges", str(at)) for at, charge in _bounded(charges))
        return await _on_cart(info, add_lines, AddLines(_cart_id(cart_id), charges=drafts), idempotency_key)

    @strawberry.federation.mutation(
        description="Sets quantities of a cart's lines; goods take the catalogue's present price. Own cart: no scope, "
        "else orders:write.",
        authenticated=True,
    )
    async def cart_lines_update(
        self, info: OrderInfo, cart_id: strawberry.ID, lines: list[CartLineUpdateInput]
    ) -> CartPayload:
        """All or none."""
        if any(line.unit_price is not None for line in lines):
            info.context.require("orders:manage")
        changes = tuple(line.to_change("lines", str(at)) for at, line in _bounded(lines))
        return await _on_cart(info, change_lines, ChangeLines(_cart_id(cart_id), changes), None)

    @strawberry.federation.mutation(
        description="Takes lines and charges out of a cart. Own cart: no scope, else orders:write.",
        authenticated=True,
    )
    async def cart_lines_remove(
        self, info: OrderInfo, cart_id: strawberry.ID, line_ids: list[strawberry.ID]
    ) -> CartPayload:
        """All or none."""
        ids = tuple(
            GlobalId.decode(line, expected_type="CartLine", field=("lineIds", str(at))).uuid
            for at, line in _bounded(line_ids)
        )
        return await _on_cart(info, remove_lines, RemoveLines(_cart_id(cart_id), ids), None)

    @strawberry.federation.mutation(
        description="Completes the checkout of a cart: the order is PENDING at once, then its saga confirms or "
        f"cancels it. Own cart: no scope, else orders:write. {_KEY}",
        authenticated=True,
    )
    async def checkout_complete(
        self,
        info: OrderInfo,
        cart_id: strawberry.ID,
        input: CheckoutCompleteInput,  # noqa: A002
        idempotency_key: str,
    ) -> CheckoutCompletePayload:
        """One transaction writes everything."""
        if input.placed_at is not None:
            info.context.require("orders:manage")
        command = CompleteCheckout(
            cart_id=_cart_id(cart_id),
            country_code=input.country_code,
            email=input.email,
            payment_token=input.payment.token if input.payment is not None else None,
            external_reference=input.external_reference,
            placed_at=input.placed_at,
        )
        outcome = info.context.run_once(complete_checkout, command, key=idempotency_key, result_type=UUID)
        return CheckoutCompletePayload(row=await written(outcome))

    @strawberry.federation.mutation(
        description="Takes goods back and owes their refund; capped by what was sold and paid. Scope: orders:write; "
        f"without an order orders:manage. {_KEY}",
        requires_scopes=[["orders:write"]],
    )
    async def return_create(
        self,
        info: OrderInfo,
        input: ReturnCreateInput,  # noqa: A002
        idempotency_key: str,
    ) -> ReturnPayload:
        """Payments refunds it, inventory restocks it."""
        context = info.context
        context.require("orders:write" if input.order_id is not None else "orders:manage")
        try:
            return_id = await context.run_once(
                receive_return, _return_command(input), key=idempotency_key, result_type=UUID
            )
        except Refusal as refusal:
            return ReturnPayload(row=Written.refused(refusal))
        return ReturnPayload(row=Written(return_id))

    @strawberry.federation.mutation(
        description="The checkout saga confirms an order. Scope: saga:run.",
        inaccessible=True,
        requires_scopes=[["saga:run"]],
    )
    async def order_confirm(self, info: OrderInfo, order_id: strawberry.ID, idempotency_key: str) -> OrderPayload:
        """Confirming twice is one confirmation."""
        info.context.require("saga:run")
        return await _on_order(info, confirm_order, ConfirmOrder(_order_id(order_id)), idempotency_key)

    @strawberry.federation.mutation(
        description="The checkout saga cancels an order. Scope: saga:run.",
        inaccessible=True,
        requires_scopes=[["saga:run"]],
    )
    async def order_cancel(
        self, info: OrderInfo, order_id: strawberry.ID, reason: CancelReason, idempotency_key: str
    ) -> OrderPayload:
        """Cancelling twice is one cancellation."""
        info.context.require("saga:run")
        return await _on_order(info, cancel_order, CancelOrder(_order_id(order_id), reason), idempotency_key)


async def _on_cart(
    info: OrderInfo, use_case: UseCase[CommandT, UUID], command: CommandT, key: str | None
) -> CartPayload:
    context = info.context
    if key is None:
        return CartPayload(row=await written(context.run(use_case, command)))
    return CartPayload(row=await written(context.run_once(use_case, command, key=key, result_type=UUID)))


async def _on_order(info: OrderInfo, use_case: UseCase[CommandT, UUID], command: CommandT, key: str) -> OrderPayload:
    return OrderPayload(row=await written(info.context.run_once(use_case, command, key=key, result_type=UUID)))


def _return_command(given: ReturnCreateInput) -> ReceiveReturn:
    order_id = None
    if given.order_id is not None:
        order_id = _order_id(given.order_id, "input", "orderId")
    origin = ReturnOrigin(
        occurred_at=given.occurred_at,
        order_id=order_id,
        reason=given.reason,
        external_reference=given.external_reference,
        customer_reference=given.customer_reference,
        country_code=given.country_code,
    )
    drafts = tuple(line.to_draft("input", "lines", str(at)) for at, line in _bounded(given.lines))
    return ReceiveReturn(given.currency_code, origin, drafts)


def _check_manage(info: OrderInfo, lines: Sequence[CartLineInput], charges: Sequence[ChargeInput]) -> None:
    if charges or any(line.unit_price is not None for line in lines):
        info.context.require("orders:manage")


def _bounded(items: Sequence[ItemT]) -> list[tuple[int, ItemT]]:
    if len(items) > MAX_LINES:
        raise BadUserInput(f"at most {MAX_LINES} at a time", field=("lines",))
    return list(enumerate(items))


def _cart_id(text: strawberry.ID) -> UUID:
    return GlobalId.decode(text, expected_type="Cart", field=("cartId",)).uuid


def _order_id(text: strawberry.ID, *field: str) -> UUID:
    return GlobalId.decode(text, expected_type="Order", field=field or ("orderId",)).uuid
