"""Let a manager approve by PIN what a cashier is about to do."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import Refusal
from kernel.permissions import roles_act_at
from subgraphs.identity.errors import ApprovalRefused
from subgraphs.identity.events import ApprovalDenied
from subgraphs.identity.model import Approval, ApprovalAction, Device, Pin, PinOwner, PinSecrets, User, require_told
from subgraphs.identity.repository.pins import count_for_nobody, pin_for_update, user_by_email
from subgraphs.identity.use_cases.use_device import use_device

_APPROVER_SCOPE: Final = "till:manage"


@dataclass(frozen=True, slots=True)
class GrantApproval:
    """What a manager of the till's store, with this e-mail address, approves with a PIN at it, for the caller."""

    secrets: PinSecrets
    device_id: UUID
    approver_email: str
    pin: str
    action: ApprovalAction
    reference: str
    reason: str


async def grant_approval(tx: Transaction, command: GrantApproval) -> UUID | Refusal:
    """The approval's id. A refusal is answered, not raised: the failure is counted, and told as an event.

    Unknown people, people who may not approve here, locked and wrong PINs get the same answer at the same cost.

    Raises:
        DeviceRefused: see `use_device`.
        Invalid: see `require_told`.
    """
    require_told(command.reference, command.reason)
    device = await use_device(tx, command.device_id)
    approver = await user_by_email(tx.session, command.approver_email)
    owner = PinOwner(tx.tenant_id, (approver.keycloak_id if approver is not None else None) or "")
    pin = await pin_for_update(tx.session, owner.subject)
    stored = pin.stored if pin is not None and _may_approve(approver, pin, device) else None
    is_right = await asyncio.to_thread(command.secrets.is_right, command.pin, owner.as_bytes, stored)
    if pin is not None and stored is not None:
        pin.note_attempt(succeeded=is_right)
    else:
        await count_for_nobody(tx.session)
    if not is_right:
        tx.publish(_denied(tx, command))
        return ApprovalRefused("this was not approved", field=("input", "pin"))
    approval = Approval.grant(
        tx.tenant_id,
        device_id=device.id,
        cashier=tx.principal.subject,
        approver=owner.subject,
        action=command.action,
        reference=command.reference,
        reason=command.reason,
    )
    tx.session.add(approval)
    return approval.id


def _may_approve(approver: User | None, pin: Pin, device: Device) -> bool:
    if approver is None or not approver.is_active or pin.is_locked:
        return False
    stores = {str(store_id) for store_id in approver.store_ids}
    return roles_act_at(frozenset(approver.roles), stores, _APPROVER_SCOPE, device.store_id)


def _denied(tx: Transaction, command: GrantApproval) -> ApprovalDenied:
    return ApprovalDenied(
        device_id=command.device_id,
        cashier=tx.principal.subject,
        action=command.action,
        reference=command.reference,
    )
