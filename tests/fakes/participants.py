"""Inventory, payments and orders as the checkout saga sees them: idempotent by key, with tombstones, in memory."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.errors import Unavailable
from kernel.service_client import SubgraphClient
from kernel.subgraph import JsonObject, JsonValue

_FIELD = re.compile(r"\)\s*\{\s*(\w+)\(")


class Death(BaseException):
    """The process was killed here. Nothing catches it."""


class FakeParticipants:
    """Answers the saga's calls; `orders` may be the real subgraph.

    `effects` counts what really happened, `calls` what was asked. Scripts: `stock` left, `charge` and `resolve` the
    provider's answers in turn (the last one stays), `lost_stock` loses the reservation before the commit,
    `silent` how often a call is not answered before it is, `dies` the (field, moment) at which the caller dies once.
    """

    def __init__(
        self,
        *,
        stock: int = 1_000_000,
        charge: Sequence[str] = ("COMPLETED",),
        resolve: Sequence[str] = (),
        orders: SubgraphClient | None = None,
    ) -> None:
        self.stock = stock
        self.charge = list(charge)
        self.resolve = list(resolve)
        self.orders = orders
        self.lost_stock = False
        self.silent: Counter[str] = Counter()
        self.dies: set[tuple[str, str]] = set()
        self.calls: list[str] = []
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        self.effects: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.held: dict[str, int] = {}
        self.released: set[str] = set()
        self.charged: set[str] = set()
        self._answers: dict[tuple[str, str], JsonObject] = {}

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        match = _FIELD.search(document)
        assert match is not None, document
        field = match.group(1)
        self.calls.append(field)
        self.keys[field].add(str(variables["key"]))
        self._maybe_die(field, "before")
        if self.silent[field] > 0:
            self.silent[field] -= 1
            raise Unavailable("the subgraph does not answer")
        if subgraph == "orders" and self.orders is not None:
            answer = await self.orders.call(subgraph, document, variables, tenant_id=tenant_id)
        else:
            answer = {field: self._once(field, dict(variables))}
        self._maybe_die(field, "after")
        return answer

    def effects_of(self, order: str) -> dict[str, int]:
        return dict(self.effects[order])

    def _maybe_die(self, field: str, moment: str) -> None:
        if (field, moment) in self.dies:
            self.dies.remove((field, moment))
            raise Death(field, moment)

    def _once(self, field: str, variables: dict[str, Any]) -> JsonObject:
        known = self._answers.get((field, variables["key"]))
        if known is not None:
            return known
        answer: JsonObject = getattr(self, f"_{field}")(variables["order"], variables)
        if answer.get("outcome") != "UNKNOWN":
            self._answers[field, variables["key"]] = answer
        return answer

    def _stockReserve(self, order: str, variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        wanted = sum(line["quantity"] for line in variables["lines"])
        if order in self.released:
            return refusal("RESERVATION_RELEASED")
        if wanted > self.stock:
            return refusal("INSUFFICIENT_STOCK")
        self.stock -= wanted
        self.held[order] = wanted
        return self._effect(order, "reserved")

    def _stockCommit(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        if self.lost_stock:
            self.stock += self.held.pop(order, 0)
        if order not in self.held:
            return refusal("NO_SUCH_RESERVATION")
        del self.held[order]
        return self._effect(order, "committed")

    def _stockRelease(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        self.released.add(order)
        self.stock += self.held.pop(order, 0)
        return self._effect(order, "released")

    def _paymentCharge(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        return self._decide(order, self.charge)

    def _paymentResolve(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        if self.resolve[0] == "NO_SUCH_PAYMENT":
            self.resolve.pop(0)
            return {"outcome": None, **refusal("NO_SUCH_PAYMENT")}
        return self._decide(order, self.resolve)

    def _paymentVoid(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        self.charged.discard(order)
        return self._effect(order, "voided")

    def _orderConfirm(self, order: str, _variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        return self._effect(order, "confirmed")

    def _orderCancel(self, order: str, variables: dict[str, Any]) -> JsonObject:  # noqa: N802
        return self._effect(order, f"cancelled {variables['reason']}")

    def _decide(self, order: str, script: list[str]) -> JsonObject:
        outcome = script[0] if len(script) == 1 else script.pop(0)
        if outcome == "COMPLETED":
            self.charged.add(order)
            self._effect(order, "charged")
        return {"outcome": outcome, "userErrors": []}

    def _effect(self, order: str, name: str) -> JsonObject:
        self.effects[order][name] += 1
        return {"userErrors": []}


def refusal(code: str) -> JsonObject:
    return {"userErrors": [{"code": code, "message": "no"}]}
