"""Remember the variants of a product, so that stock can be kept of them."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.inventory.repository.locations import add_known_variants


@dataclass(frozen=True, slots=True)
class LearnVariants:
    """The product's variants."""

    variant_ids: tuple[UUID, ...]


async def learn_variants(tx: Transaction, command: LearnVariants) -> None:
    """Remember them; knowing one twice is knowing it once, so the order of facts does not matter.

    Archived variants stay known: what lies on the shelf can still be sold off or written off.
    """
    await add_known_variants(tx.session, tx.tenant_id, command.variant_ids)
