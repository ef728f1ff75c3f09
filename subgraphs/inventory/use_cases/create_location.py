"""Open a stock location."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.database import Transaction
from kernel.permissions import require_store
from subgraphs.inventory.errors import CodeTaken
from subgraphs.inventory.model import LocationKind, StockLocation


@dataclass(frozen=True, slots=True)
class CreateLocation:
    """`code` is the tenant's own short name of the place."""

    code: str
    name: str
    kind: LocationKind
    store_id: UUID | None = None


async def create_location(tx: Transaction, command: CreateLocation) -> UUID:
    """Store the location; its id.

    Raises:
        CodeTaken: another location of the tenant has this code.
        Invalid: see `StockLocation.create`.
        Forbidden: the caller works at stores, and this is none of them.
    """
    require_store(tx.principal, "inventory:manage", command.store_id, field=("input", "storeId"))
    location = StockLocation.create(
        tx.tenant_id, code=command.code, name=command.name, kind=command.kind, store_id=command.store_id
    )
    tx.session.add(location)
    try:
        await tx.session.flush()
    except IntegrityError:
        raise CodeTaken("another location has this code", field=("input", "code")) from None
    return location.id
