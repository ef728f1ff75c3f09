"""Inputs and payloads around what tills send in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import strawberry

from kernel.errors import BadUserInput, Refusal
from kernel.graphql import user_errors
from kernel.graphql.execution import computed
from kernel.ids import GlobalId
from subgraphs.identity.graphql.types.people import IdentityUserError
from subgraphs.identity.model import TillDeed, TillItemOutcome, TillItemStatus

MOST_ITEMS = 200
_LONGEST_KIND = 64

strawberry.enum(TillItemStatus, description="What became of an item of a till's batch.")


@strawberry.input(description="Something a till did, perhaps without a network.")
class TillItemInput:
    """One of `TillItemsTakeInput.items`."""

    id: str = strawberry.field(description="A UUID that the till gave it, and gives it again when it repeats it.")
    kind: str = strawberry.field(description="What it is, like till_event.")
    occurred_at: datetime = strawberry.field(description="When, by the till's clock.")
    body: str = strawberry.field(description="A JSON object as text, whose members depend on the kind.")


@strawberry.input(description="What a till did, in its order.")
class TillItemsTakeInput:
    """Input of `tillItemsTake`."""

    device_id: strawberry.ID = strawberry.field(description="The till.")
    batch_id: str = strawberry.field(description="A UUID that the till gave the batch.")
    items: list[TillItemInput] = strawberry.field(description="At most 200.")

    def deeds(self) -> list[TillDeed]:
        """The items as the model knows them.

        Raises:
            BadUserInput: too many, or an id is no UUID.
        """
        if not 1 <= len(self.items) <= MOST_ITEMS:
            raise BadUserInput(f"must be 1 to {MOST_ITEMS} items", field=("input", "items"))
        batch_id = _uuid(self.batch_id, "batchId")
        device_id = GlobalId.decode(self.device_id, expected_type="Device", field=("input", "deviceId")).uuid
        return [
            TillDeed(
                _uuid(item.id, "items", str(place), "id"),
                batch_id,
                device_id,
                _kind(item.kind, place),
                item.occurred_at,
                item.body,
            )
            for place, item in enumerate(self.items)
        ]


@dataclass(frozen=True, slots=True)
class TakenItems:
    """Each item's id with its outcome, in the order of the items; or why none was taken."""

    outcomes: Sequence[tuple[UUID, TillItemOutcome]]
    refusals: Sequence[Refusal] = ()


@strawberry.type(description="What became of an item.")
class TillItemResult:
    """One of `TillItemsPayload.results`."""

    id: str = strawberry.field(description="The item's id.")
    status: TillItemStatus = strawberry.field(description="What became of it.")
    code: str | None = strawberry.field(description="Why, if it was not simply accepted.")
    field: str | None = strawberry.field(description="The place within the item that is at fault.")
    reason: str | None = strawberry.field(description="The same for people.")


@strawberry.type(description="Answer of tillItemsTake.")
class TillItemsPayload:
    """One result per item in their order, or why there are none."""

    row: strawberry.Private[TakenItems]

    results: list[TillItemResult] = computed(
        lambda row: [
            TillItemResult(
                id=str(id), status=outcome.status, code=outcome.code, field=outcome.field, reason=outcome.reason
            )
            for id, outcome in row.outcomes  # noqa: A001
        ],
        reads=("outcomes",),
        description="One for each item, in their order.",
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)


def _uuid(text: str, *place: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadUserInput("is no UUID", field=("input", *place)) from None


def _kind(text: str, place: int) -> str:
    if not 0 < len(text) <= _LONGEST_KIND:
        raise BadUserInput(f"must have 1 to {_LONGEST_KIND} characters", field=("input", "items", str(place), "kind"))
    return text
