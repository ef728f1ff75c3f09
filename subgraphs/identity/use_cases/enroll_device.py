"""Enrol a till or scanner."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.permissions import may_act_at
from subgraphs.identity.errors import KeyTaken, NotYourStore
from subgraphs.identity.model import Device, DeviceStatus, thumbprint_of
from subgraphs.identity.repository.devices import device_with_key


@dataclass(frozen=True, slots=True)
class EnrollDevice:
    """A device of a store and its public key on P-256: both coordinates in base64url."""

    store_id: UUID
    name: str
    key_x: str
    key_y: str


async def enroll_device(tx: Transaction, command: EnrollDevice) -> UUID:
    """Store the device; its id. Enrolling it again for the same store, by the same person, is one enrolment.

    Raises:
        NotYourStore: the caller runs other stores.
        KeyTaken: the key was enrolled before, by somebody else, for another store or name, or is of a revoked device.
        Invalid: see `Device.enroll`.
    """
    if not may_act_at(tx.principal, "till:manage", command.store_id):
        raise NotYourStore("this is not one of your stores", field=("input", "storeId"))
    known = await device_with_key(tx.session, thumbprint_of(command.key_x, command.key_y))
    if known is not None:
        return _same_device(known, command, tx.principal.subject)
    device = Device.enroll(
        tx.tenant_id,
        store_id=command.store_id,
        name=command.name,
        key_x=command.key_x,
        key_y=command.key_y,
        by=tx.principal.subject,
    )
    tx.session.add(device)
    return device.id


def _same_device(known: Device, command: EnrollDevice, subject: str) -> UUID:
    asked = (DeviceStatus.ENROLLED, command.store_id, command.name.strip(), subject)
    if (known.status, known.store_id, known.name, known.enrolled_by) != asked:
        raise KeyTaken("this key was enrolled before", field=("input", "publicKey"))
    return known.id
