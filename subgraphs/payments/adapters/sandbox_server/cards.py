"""The test cards, and the tokens that stand for them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Behaviour(StrEnum):
    """What the provider does with a charge of this card."""

    APPROVE = "approve"
    DECLINE = "decline"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    TIMEOUT_CHARGED = "timeout_charged"
    TIMEOUT_UNCHARGED = "timeout_uncharged"
    TIMEOUT_LATE = "timeout_late"

    @property
    def failure_code(self) -> str | None:
        """Why nothing is captured, for the declining cards."""
        codes = {Behaviour.DECLINE: "card_declined", Behaviour.INSUFFICIENT_FUNDS: "insufficient_funds"}
        return codes.get(self)

    @property
    def is_silent(self) -> bool:
        """True when the caller gets no answer."""
        return self in {Behaviour.TIMEOUT_CHARGED, Behaviour.TIMEOUT_UNCHARGED, Behaviour.TIMEOUT_LATE}


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept of a card."""

    behaviour: Behaviour
    last4: str
    brand: str = "visa"


TEST_CARDS: Final[dict[str, Behaviour]] = {
    "4242424242424242": Behaviour.APPROVE,
    "4000000000000002": Behaviour.DECLINE,
    "4000000000009995": Behaviour.INSUFFICIENT_FUNDS,
    "4000000000000044": Behaviour.TIMEOUT_CHARGED,
    "4000000000000051": Behaviour.TIMEOUT_UNCHARGED,
    "4000000000000069": Behaviour.TIMEOUT_LATE,
}
FIXED_TOKENS: Final[dict[str, Card]] = {
    f"tok_{behaviour.value}": Card(behaviour, number[-4:]) for number, behaviour in TEST_CARDS.items()
}
