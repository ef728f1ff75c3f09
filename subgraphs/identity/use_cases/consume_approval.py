"""Carry out what was approved: the approval is used up."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import ApprovalRefused
from subgraphs.identity.model import ApprovalAction
from subgraphs.identity.repository.pins import approval_for_update


@dataclass(frozen=True, slots=True)
class ConsumeApproval:
    """What is about to be done, where and to what; the caller does it."""

    approval_id: UUID
    device_id: UUID
    action: ApprovalAction
    reference: str


async def consume_approval(tx: Transaction, command: ConsumeApproval) -> UUID:
    """Use the approval up; its id.

    Raises:
        ApprovalRefused: there is none for this caller, device, action and reference, or it is used up or too old.
    """
    approval = await approval_for_update(tx.session, command.approval_id)
    asked = (tx.principal.subject, command.device_id, command.action, command.reference)
    if approval is None or (approval.cashier, approval.device_id, approval.action, approval.reference) != asked:
        raise ApprovalRefused("this was not approved", field=("id",))
    approval.consume()
    return approval.id
