"""Use a till: what every command that is given at one begins with."""

from uuid import UUID

from kernel.database import Transaction
from kernel.permissions import may_act_at
from subgraphs.identity.errors import DeviceRefused
from subgraphs.identity.model import Device
from subgraphs.identity.repository.devices import device_for_update


async def use_device(tx: Transaction, device_id: UUID) -> Device:
    """The enrolled device at which the caller works.

    Raises:
        DeviceRefused: there is none, it was revoked, or its store is not the caller's.
    """
    device = await device_for_update(tx.session, device_id)
    if device is None or not may_act_at(tx.principal, "till:write", device.store_id):
        raise DeviceRefused("you do not work at this device", field=("input", "deviceId"))
    device.require_enrolled()
    return device
