"""The sandbox provider as payments uses it, over HTTP."""

from typing import ClassVar, Final, Literal, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from kernel.money import Money
from kernel.settings import CommonSettings
from kernel.telemetry import outgoing_headers
from subgraphs.payments.ports import (
    ChargeRequest,
    ChargeState,
    ProviderCharge,
    ProviderRefused,
    ProviderSilent,
    RefundRequest,
)

_CHARGED: Final = frozenset({201, 402})
_CREATED: Final = 201
_OK: Final = 200
_BAD_REQUEST: Final = 400
_UNPROCESSABLE: Final = 422
_ATTEMPTS: Final = 3


class ProviderSettings(CommonSettings):
    """How to reach the provider and how to know its webhooks.

    Environment: RETAILFLOW_PAYMENT_SANDBOX_URL, RETAILFLOW_PAYMENT_SANDBOX_SECRET (our key there),
    RETAILFLOW_PAYMENT_WEBHOOK_SECRET, RETAILFLOW_PAYMENT_TIMEOUT_SECONDS, RETAILFLOW_PAYMENT_PATIENCE_SECONDS
    (how long after an attempt an unknown charge may still arrive; more than the timeout).
    """

    payment_sandbox_url: str
    payment_sandbox_secret: str
    payment_webhook_secret: str
    payment_timeout_seconds: float = 4.0
    payment_patience_seconds: float = 10.0


class _Wire(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


WireT = TypeVar("WireT", bound=_Wire)


class SandboxCharge(_Wire):
    """A charge as the provider writes it."""

    id: str
    key: str
    status: Literal["captured", "declined"]
    amount_minor: int
    currency: str
    failure_code: str | None = None
    metadata: dict[str, str]

    def to_charge(self) -> ProviderCharge:
        """In our words."""
        state = ChargeState.CAPTURED if self.status == "captured" else ChargeState.DECLINED
        money = Money(self.amount_minor, self.currency)
        return ProviderCharge(self.id, self.key, state, money, self.failure_code)


class SandboxRefund(_Wire):
    """A refund or credit as the provider writes it."""

    id: str
    metadata: dict[str, str]


class _Charges(_Wire):
    charges: list[SandboxCharge]


class _Refusal(_Wire):
    code: str = "REFUSED"


class SandboxProvider:
    """Implements `ports.PaymentProvider`. Opens its connections at the first call."""

    name: str = "sandbox"

    def __init__(self, settings: ProviderSettings) -> None:
        self._url = settings.payment_sandbox_url.rstrip("/")
        self._secret = settings.payment_sandbox_secret
        self._timeout_seconds = settings.payment_timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def charge(self, request: ChargeRequest) -> ProviderCharge:
        """Capture money, or tell why not. Raises ProviderSilent."""
        body = {
            "amountMinor": request.amount.minor,
            "currency": request.amount.currency,
            "token": request.token,
            "orderId": str(request.order_id),
            "metadata": {"tenantId": str(request.tenant_id), "paymentId": str(request.payment_id)},
        }
        status, answer = await self._send("POST", "/charges", body=body, key=request.key)
        if status in _CHARGED:
            return _read(SandboxCharge, answer).to_charge()
        if status == _BAD_REQUEST:
            # the provider understood and made no charge, so this is as final as a decline
            code = _read(_Refusal, answer).code
            return ProviderCharge("", request.key, ChargeState.DECLINED, request.amount, code)
        raise ProviderSilent(f"status {status}")

    async def find_charge(self, key: str) -> ProviderCharge | None:
        """What became of the charge with this key. Raises ProviderSilent."""
        status, answer = await self._send("GET", "/charges", query={"key": key})
        if status != _OK:
            raise ProviderSilent(f"status {status}")
        return next((charge.to_charge() for charge in _read(_Charges, answer).charges), None)

    async def refund(self, request: RefundRequest) -> str:
        """Give money back; the provider's reference. Raises ProviderSilent, ProviderRefused."""
        body = {
            "amountMinor": request.amount.minor,
            "currency": request.amount.currency,
            "metadata": {"tenantId": str(request.tenant_id), "refundId": str(request.refund_id)},
        }
        charge = request.charge_reference
        path = f"/charges/{charge}/refunds" if charge is not None else "/credits"
        status, answer = await self._send("POST", path, body=body, key=request.key)
        if status == _CREATED:
            return _read(SandboxRefund, answer).id
        if status in {_BAD_REQUEST, _UNPROCESSABLE}:
            raise ProviderRefused(_read(_Refusal, answer).code)
        raise ProviderSilent(f"status {status}")

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str | None = None,
    ) -> tuple[int, bytes]:
        headers = {**outgoing_headers(), "authorization": f"Bearer {self._secret}"}
        if key is not None:
            headers["idempotency-key"] = key
        attempt = 1
        while True:
            try:
                async with self._open().request(
                    method, f"{self._url}{path}", json=body, params=query, headers=headers
                ) as response:
                    return response.status, await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, TimeoutError) or attempt == _ATTEMPTS:
                    raise ProviderSilent(type(error).__name__) from error
            # a kept-alive connection turned out dead; every call is a question or carries its key, so ask again
            attempt += 1

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._timeout_seconds)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session


def _read(kind: type[WireT], answer: bytes) -> WireT:
    try:
        return kind.model_validate_json(answer)
    except ValidationError as error:
        raise ProviderSilent("an answer that cannot be read") from error
