"""Sends one confirmation: claims its delivery, asks the graph for the order, writes the mail, records the outcome."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from typing import Final, Protocol
from uuid import UUID

from kernel.clock import utcnow
from kernel.errors import DomainError
from kernel.ids import encode_global_id
from kernel.subgraph import JsonObject, JsonValue
from kernel.telemetry import bound_request, counter, get_logger
from workers.notifications.deliveries import ClaimedDelivery, Deliveries, DeliveryOutcome, DeliveryState
from workers.notifications.errors import MailDelayed, MailRefused
from workers.notifications.order_confirmation import (
    ORDER_QUERY,
    SHOP_QUERY,
    ConfirmedOrder,
    Letterhead,
    write_confirmation,
)

log = get_logger(__name__)
MAX_ATTEMPTS: Final = 9
_FIRST_DELAY_SECONDS: Final = 5.0
_LONGEST_DELAY_SECONDS: Final = 3600.0
#: an order entered this long after it was placed is history (an import), and nobody waits for its mail
_NEWS: Final = timedelta(days=7)
_DELIVERIES = counter("notification_deliveries_total", "Order confirmations by how an attempt ended", ("state",))


class GraphCalls(Protocol):
    """What the sender needs of `kernel.service_client.SubgraphClient`."""

    async def call(
        self, subgraph: str, document: str, variables: "dict[str, JsonValue]", *, tenant_id: UUID
    ) -> JsonObject:
        """The `data` of one operation; raises DomainError."""
        ...


class Mailer(Protocol):
    """What the sender needs of `SmtpMailer`."""

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail over; raises MailRefused or MailDelayed."""
        ...


class OrderConfirmations:
    """Sends each confirmation once.

    Unless a sender dies between the server's yes and its record: then twice, under one Message-ID.
    """

    def __init__(self, deliveries: Deliveries, graph: GraphCalls, mailer: Mailer, *, sender: str) -> None:
        self._deliveries = deliveries
        self._graph = graph
        self._mailer = mailer
        self._sender = sender

    async def send(self, tenant_id: UUID, event_id: UUID) -> None:
        """Send the confirmation that `event_id` asks for, unless it is sent, held by another sender, or waits."""
        claim = await self._deliveries.claim(tenant_id, event_id)
        if claim is not None:
            await self.deliver(claim)

    async def send_due(self, most: int) -> int:
        """Send up to `most` due confirmations; how many there were."""
        claims = await self._deliveries.claim_due(most)
        await asyncio.gather(*(self.deliver(claim) for claim in claims))
        return len(claims)

    async def deliver(self, claim: ClaimedDelivery) -> None:
        """Send a claimed confirmation and record what came of it."""
        event = claim.event_id
        with bound_request(request_id=str(event), trace_id=event.hex, tenant=str(claim.tenant_id)):
            outcome = await self._attempt(claim)
            _DELIVERIES.labels(outcome.state).inc()
            is_recorded = await self._deliveries.settle(claim, outcome)
            tell = log.error if outcome.state is DeliveryState.FAILED else log.info
            tell(
                "order_confirmation_settled" if is_recorded else "order_confirmation_taken_over",
                order_id=str(claim.order_id),
                state=outcome.state,
                reason=outcome.reason,
                attempts=claim.attempts,
            )

    async def _attempt(self, claim: ClaimedDelivery) -> DeliveryOutcome:
        if claim.attempts > MAX_ATTEMPTS:
            return DeliveryOutcome(DeliveryState.FAILED, "every attempt ended without a record")
        try:
            return await self._write_and_send(claim)
        except MailRefused as error:
            return DeliveryOutcome(DeliveryState.FAILED, str(error))
        except MailDelayed as error:
            return _later(claim, str(error))
        except DomainError as error:
            return _later(claim, error.code)

    async def _write_and_send(self, claim: ClaimedDelivery) -> DeliveryOutcome:
        order = await self._order(claim)
        reason = _reason_to_skip(order)
        if reason is not None:
            return DeliveryOutcome(DeliveryState.SKIPPED, reason)
        letterhead = Letterhead(await self._shop(claim.tenant_id), self._sender)
        await self._mailer.send(write_confirmation(order, letterhead, claim.event_id))
        return DeliveryOutcome(DeliveryState.SENT)

    async def _order(self, claim: ClaimedDelivery) -> ConfirmedOrder:
        variables: dict[str, JsonValue] = {"id": encode_global_id("Order", claim.order_id)}
        answer = (await self._graph.call("orders", ORDER_QUERY, variables, tenant_id=claim.tenant_id))["order"]
        if not isinstance(answer, dict):
            raise DomainError("the order is not to be seen", code="NOT_FOUND")
        return ConfirmedOrder.of(answer)

    async def _shop(self, tenant_id: UUID) -> str:
        tenant = (await self._graph.call("identity", SHOP_QUERY, {}, tenant_id=tenant_id))["tenant"]
        return str(tenant["name"]) if isinstance(tenant, dict) else ""


def _reason_to_skip(order: ConfirmedOrder) -> str | None:
    if order.email is None:
        return "no address"
    return "placed long before" if order.placed_at < min(order.created_at, utcnow()) - _NEWS else None


def _later(claim: ClaimedDelivery, reason: str) -> DeliveryOutcome:
    if claim.attempts >= MAX_ATTEMPTS:
        return DeliveryOutcome(DeliveryState.FAILED, reason)
    delay = min(_FIRST_DELAY_SECONDS * 3 ** (claim.attempts - 1), _LONGEST_DELAY_SECONDS)
    return DeliveryOutcome(DeliveryState.PENDING, reason, delay)
