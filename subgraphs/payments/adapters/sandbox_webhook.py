"""Receives the sandbox provider's webhooks. Whatever is not signed by it is refused and changes nothing."""

from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from kernel.asgi import OrjsonResponse, error_body
from kernel.clock import utcnow
from kernel.database import Database, Transaction
from kernel.errors import NotFound
from kernel.events import Actor, Envelope, EventHandler
from kernel.inbox import handle_once
from kernel.telemetry import bind_tenant, current_request_id, get_logger
from subgraphs.payments.adapters.sandbox import SandboxCharge, SandboxRefund
from subgraphs.payments.adapters.sandbox_signature import SIGNATURE_HEADER, is_genuine
from subgraphs.payments.use_cases.carry_refund import FinishRefund, finish_refund
from subgraphs.payments.use_cases.settle_charge import SettleCharge, settle_charge

log = get_logger(__name__)
CONSUMER: Final = "sandbox_webhook"
_MAX_BYTES: Final = 65_536


class _Message(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    id: UUID
    type: Literal["charge.captured", "charge.declined", "refund.completed"]
    charge: SandboxCharge | None = None
    refund: SandboxRefund | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What we gave the provider with the charge or refund, and it gives back."""
        part = self.charge or self.refund
        return part.metadata if part is not None else {}


class SandboxWebhook:
    """`POST /webhooks/sandbox`. Messages may come twice, late, out of order, or never."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    async def receive(self, request: Request) -> Response:
        """200 when the message was used, seen before, or is about nothing of ours; 400 when it is not genuine."""
        body = await request.body()
        header = request.headers.get(SIGNATURE_HEADER, "")
        now = int(utcnow().timestamp())
        if len(body) > _MAX_BYTES or not is_genuine(self._secret, header, body, now=now):
            log.warning("webhook_forged")
            return _refused("the signature is not valid")
        try:
            message = _Message.model_validate_json(body)
            tenant_id = UUID(message.metadata["tenantId"])
        except (ValidationError, KeyError, ValueError):
            log.warning("webhook_unreadable")
            return _refused("the message cannot be read")
        bind_tenant(str(tenant_id))
        return OrjsonResponse({"status": await self._use(message, tenant_id)})

    async def _use(self, message: _Message, tenant_id: UUID) -> str:
        handler = EventHandler(message.type, _apply)
        try:
            is_new = await handle_once(self._database, CONSUMER, handler, _envelope(message, tenant_id))
        except NotFound:
            # an intent is stored before the provider hears of it: this is about somebody else's money
            log.warning("webhook_about_unknown_payment", message_id=str(message.id))
            return "ignored"
        return "used" if is_new else "seen"


async def _apply(tx: Transaction, envelope: Envelope) -> None:
    message = _Message.model_validate(envelope.data)
    if message.charge is not None:
        payment_id = _uuid(message.charge.metadata.get("paymentId"))
        await settle_charge(tx, SettleCharge(payment_id, message.charge.to_charge()))
    elif message.refund is not None:
        refund_id = _uuid(message.refund.metadata.get("refundId"))
        await finish_refund(tx, FinishRefund(refund_id, reference=message.refund.id))


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise NotFound("there is no such payment") from None


def _envelope(message: _Message, tenant_id: UUID) -> Envelope:
    return Envelope(
        id=message.id,
        subject=message.type,
        tenant_id=tenant_id,
        occurred_at=utcnow(),
        key=message.id,
        correlation_id=current_request_id() or str(message.id),
        actor=Actor(service=CONSUMER),
        data=message.model_dump(mode="json", by_alias=True),
    )


def _refused(reason: str) -> Response:
    return OrjsonResponse(error_body("BAD_USER_INPUT", reason), status_code=400)
