"""Learn the currency of a tenant from identity."""

from dataclasses import dataclass

from kernel.database import Transaction
from subgraphs.catalog.repository.writing import store_currency


@dataclass(frozen=True, slots=True)
class NoteTenant:
    """ISO 4217 code of its prices."""

    currency: str


async def note_tenant(tx: Transaction, command: NoteTenant) -> None:
    """Remember it; a tenant's currency never changes, so a replay changes nothing."""
    await store_currency(tx, command.currency)
