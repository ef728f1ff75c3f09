"""Say which store a location belongs to."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.permissions import require_store
from subgraphs.inventory.errors import UnknownLocation
from subgraphs.inventory.repository.locations import location_for_update


@dataclass(frozen=True, slots=True)
class AssignLocation:
    """`store_id` is whatever the tenant's tokens call the store; None takes the location away from its store."""

    location_id: UUID
    store_id: UUID | None


async def assign_location(tx: Transaction, command: AssignLocation) -> UUID:
    """Assign it; the location's id.

    Raises:
        UnknownLocation: not of this tenant.
        Forbidden: the caller works at stores, and the location is, or would be, at none of them.
    """
    location = await location_for_update(tx.session, command.location_id)
    if location is None:
        raise UnknownLocation("there is no such location", field=("id",))
    require_store(tx.principal, "inventory:manage", location.store_id, field=("id",))
    require_store(tx.principal, "inventory:manage", command.store_id, field=("storeId",))
    location.store_id = command.store_id
    return location.id
