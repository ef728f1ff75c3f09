"""Use up an approval that a till acted on, perhaps while it had no network."""

from kernel.clock import utcnow
from kernel.database import Transaction
from kernel.errors import BadUserInput
from kernel.ids import GlobalId
from subgraphs.identity.errors import ApprovalRefused, Invalid
from subgraphs.identity.model import ApprovalAction, TillDeed, TillItemCode, TillItemOutcome, TillItemStatus
from subgraphs.identity.model.deed_body import DeedBody, body_of
from subgraphs.identity.repository.pins import approval_for_update


class ApprovalBody(DeedBody):
    """`{"approval_id": "…", "action": "VOID", "reference": "cart-line-1"}`."""

    approval_id: str
    action: ApprovalAction
    reference: str


async def carry_out_approval(tx: Transaction, deed: TillDeed) -> TillItemOutcome:
    """Use it up. What is told too late is taken at the till's word for when it was, and somebody looks at it.

    Raises:
        Invalid: the body names no approval.
        ApprovalRefused: see `consume_approval`; nor was it good when the till says that it acted.
    """
    body = body_of(ApprovalBody, deed)
    try:
        approval_id = GlobalId.decode(body.approval_id, expected_type="Approval").uuid
    except BadUserInput as error:
        raise Invalid(error.message, field=("body", "approval_id")) from None
    approval = await approval_for_update(tx.session, approval_id)
    asked = (tx.principal.subject, deed.device_id, body.action, body.reference)
    if approval is None or (approval.cashier, approval.device_id, approval.action, approval.reference) != asked:
        raise ApprovalRefused("this was not approved", field=("body", "approval_id"))
    if approval.expires_at > utcnow():
        approval.consume()
        return TillItemOutcome(TillItemStatus.ACCEPTED)
    approval.consume(at=deed.occurred_at)
    return TillItemOutcome(
        TillItemStatus.NEEDS_REVIEW, TillItemCode.CARRIED_OUT_OFFLINE, reason="told after the approval had ended"
    )
