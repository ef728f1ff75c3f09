"""Note what happened at a till; the item itself is the journal's line."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kernel.database import Transaction
from subgraphs.identity.model import TillDeed, TillItemOutcome, TillItemStatus
from subgraphs.identity.model.deed_body import DeedBody, body_of


class TillEventName(StrEnum):
    """What a till notes."""

    DRAWER_OPENED = "DRAWER_OPENED"
    NETWORK_LOST = "NETWORK_LOST"
    NETWORK_BACK = "NETWORK_BACK"
    TILL_LOCKED = "TILL_LOCKED"
    TILL_UNLOCKED = "TILL_UNLOCKED"


class TillEventBody(DeedBody):
    """`{"event": "DRAWER_OPENED", "note": "change"}`."""

    event: TillEventName
    note: Annotated[str, Field(max_length=200)] = ""


async def note_till_event(_tx: Transaction, deed: TillDeed) -> TillItemOutcome:
    """Accept it if it says what a till can note.

    Raises:
        Invalid: it does not.
    """
    body_of(TillEventBody, deed)
    return TillItemOutcome(TillItemStatus.ACCEPTED)
