"""A payment provider in memory: it keeps its promises about keys, and goes silent when told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kernel.money import Money
from subgraphs.payments.ports import (
    ChargeRequest,
    ChargeState,
    ProviderCharge,
    ProviderRefused,
    ProviderSilent,
    RefundRequest,
)


@dataclass
class FakeProvider:
    """`before_charge` runs as a charge arrives; the switches say what the caller hears."""

    name: str = "fake"
    decline_with: str | None = None
    loses_requests: bool = False
    loses_replies: bool = False
    captures_instead: int | None = None
    refuses_refunds: str | None = None
    before_charge: Callable[[ChargeRequest], object] | None = None
    charges: dict[str, ProviderCharge] = field(default_factory=dict)
    refunds: dict[str, RefundRequest] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def charge(self, request: ChargeRequest) -> ProviderCharge:
        self.calls.append("charge")
        if self.before_charge is not None:
            outcome = self.before_charge(request)
            if hasattr(outcome, "__await__"):
                await outcome
        if self.loses_requests:
            raise ProviderSilent("request lost")
        self.arrive(request.key, request.amount)
        if self.loses_replies:
            raise ProviderSilent("reply lost")
        return self.charges[request.key]

    def arrive(self, key: str, amount: Money) -> None:
        """A charge reaches the provider, whether anybody hears the answer or not."""
        state = ChargeState.DECLINED if self.decline_with else ChargeState.CAPTURED
        minor = self.captures_instead if self.captures_instead is not None else amount.minor
        charge = ProviderCharge(f"ch_{key}", key, state, Money(minor, amount.currency), self.decline_with)
        self.charges.setdefault(key, charge)

    async def find_charge(self, key: str) -> ProviderCharge | None:
        self.calls.append("find")
        if self.loses_replies:
            raise ProviderSilent("reply lost")
        return self.charges.get(key)

    async def refund(self, request: RefundRequest) -> str:
        self.calls.append("refund")
        if self.loses_requests:
            raise ProviderSilent("request lost")
        if self.refuses_refunds is not None:
            raise ProviderRefused(self.refuses_refunds)
        self.refunds.setdefault(request.key, request)
        if self.loses_replies:
            raise ProviderSilent("reply lost")
        return f"re_{request.key}"

    async def close(self) -> None:
        self.calls.append("close")

    @property
    def kept_minor(self) -> int:
        """Captured minus given back, credits left out."""
        captured = sum(item.amount.minor for item in self.charges.values() if item.state is ChargeState.CAPTURED)
        given = sum(item.amount.minor for item in self.refunds.values() if item.charge_reference is not None)
        return captured - given
