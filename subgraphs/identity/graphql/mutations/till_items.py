"""The mutation by which tills tell what they did: authorize, translate, run one use case per item, translate back."""

import strawberry

from kernel.errors import Refusal
from subgraphs.identity.errors import DeviceRefused
from subgraphs.identity.graphql.loaders import TillInfo
from subgraphs.identity.graphql.types.till_items import TakenItems, TillItemsPayload, TillItemsTakeInput
from subgraphs.identity.model import TillDeed, TillItemOutcome
from subgraphs.identity.use_cases.take_till_item import RejectTillItem, reject_till_item, take_till_item


@strawberry.type
class TillItemMutation:
    """How what tills did comes in."""

    @strawberry.federation.mutation(
        description=(
            "Takes over what the caller's till did, each item once and in its own transaction, in their order; sent "
            "again it is answered alike. Scope: till:write."
        ),
        requires_scopes=[["till:write"]],
    )
    async def till_items_take(self, info: TillInfo, input: TillItemsTakeInput) -> TillItemsPayload:  # noqa: A002
        """Each item commits before the next begins: whatever ends in between, the till sends the batch again."""
        info.context.require("till:write")
        deeds = input.deeds()
        try:
            outcomes = [(deed.id, await _taken(info, deed)) for deed in deeds]
        except DeviceRefused as refusal:
            return TillItemsPayload(row=TakenItems((), (refusal,)))
        return TillItemsPayload(row=TakenItems(outcomes))


async def _taken(info: TillInfo, deed: TillDeed) -> TillItemOutcome:
    try:
        return await info.context.run(take_till_item, deed)
    except DeviceRefused:
        raise
    except Refusal as refusal:
        return await info.context.run(reject_till_item, RejectTillItem(deed, refusal))
