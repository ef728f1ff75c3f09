"""Open a stock location."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.database import Transaction
from subgraphs.inventory.errors import CodeTaken
from subgraphs.inventory.model import LocationKind, StockLocation


@dataclass(frozen=True, slots=True)
class CreateLocation:
    """`code` is the tenant's own short name of the place."""

    code: str
    name: str
    kind: LocationKind


async def create_location(tx: Transaction, command: CreateLocation) -> UUID:
    """Store the location; its id.

    Raises:
        CodeTaken: another location of the tenant has this code.
        Invalid: see `StockLocation.create`.
    """
    location = StockLocation.create(tx.tenant_id, code=command.code, name=command.name, kind=command.kind)
    tx.session.add(location)
    try:
        await tx.session.flush()
    except IntegrityError:
        raise CodeTaken("another location has this code", field=("input", "code")) from None
    return location.id
