"""Revoke a lost or replaced till or scanner."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.permissions import may_act_at
from subgraphs.identity.errors import NoSuchDevice, NotYourStore
from subgraphs.identity.repository.devices import device_for_update


@dataclass(frozen=True, slots=True)
class RevokeDevice:
    """Which device."""

    device_id: UUID


async def revoke_device(tx: Transaction, command: RevokeDevice) -> UUID:
    """Revoke; revoking twice is one revocation. The device's id.

    Raises:
        NoSuchDevice: the tenant has no such device.
        NotYourStore: it is of a store the caller does not run.
    """
    device = await device_for_update(tx.session, command.device_id)
    if device is None:
        raise NoSuchDevice("there is no such device", field=("id",))
    if not may_act_at(tx.principal, "till:manage", device.store_id):
        raise NotYourStore("this device is not of one of your stores", field=("id",))
    device.revoke(by=tx.principal.subject)
    return device.id
