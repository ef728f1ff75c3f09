"""What payments needs from outside: a provider that moves money."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from kernel.money import Money


class ProviderSilent(Exception):
    """The provider did not answer, or not in a way that tells what it did: it may or may not have acted."""


class ProviderRefused(Exception):
    """The provider will not do this, now or later; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ChargeState(StrEnum):
    """What became of a charge at the provider."""

    CAPTURED = "CAPTURED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class ProviderCharge:
    """A charge as the provider tells it. `reference` is the provider's id."""

    reference: str
    key: str
    state: ChargeState
    amount: Money
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What to capture. `key` makes repeating harmless; the ids come back in webhooks."""

    key: str
    amount: Money
    token: str
    tenant_id: UUID
    order_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What to give back: of the charge `charge_reference`, or without one as a credit."""

    key: str
    amount: Money
    charge_reference: str | None
    tenant_id: UUID
    refund_id: UUID


class PaymentProvider(Protocol):
    """A payment provider. Every call may raise `ProviderSilent`; repeating it with the same key is harmless."""

    name: str

    async def charge(self, request: ChargeRequest) -> ProviderCharge:
        """Capture money, or tell why not."""
        ...

    async def find_charge(self, key: str) -> ProviderCharge | None:
        """What became of the charge with this key; None when the provider has never seen it."""
        ...

    async def refund(self, request: RefundRequest) -> str:
        """Give money back; the provider's reference. Raises ProviderRefused."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
