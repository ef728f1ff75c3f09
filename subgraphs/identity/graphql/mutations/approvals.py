"""Mutations of approvals: authorize, translate, run one use case, translate back."""

from uuid import UUID

import strawberry

from kernel.graphql import written
from kernel.ids import GlobalId
from subgraphs.identity.graphql.loaders import TillInfo
from subgraphs.identity.graphql.types.tills import ApprovalConsumeInput, ApprovalGrantInput, ApprovalPayload
from subgraphs.identity.use_cases.consume_approval import ConsumeApproval, consume_approval
from subgraphs.identity.use_cases.grant_approval import GrantApproval, grant_approval


@strawberry.type
class ApprovalMutation:
    """How approvals come and go."""

    @strawberry.federation.mutation(
        description="Lets a manager approve by PIN what the caller is about to do. Scope: till:write.",
        requires_scopes=[["till:write"]],
    )
    async def approval_grant(self, info: TillInfo, input: ApprovalGrantInput) -> ApprovalPayload:  # noqa: A002
        """The same refusal for whoever may not approve, for unknown people and for wrong PINs."""
        context = info.context
        context.require("till:write")
        command = GrantApproval(
            secrets=context.pin_secrets,
            device_id=_device_id(input.device_id),
            approver_email=input.approver_email,
            pin=input.pin,
            action=input.action,
            reference=input.reference,
            reason=input.reason,
        )
        return ApprovalPayload(row=await written(context.run(grant_approval, command)))

    @strawberry.federation.mutation(
        description="Uses an approval up for what the caller does now. Scope: till:write.",
        requires_scopes=[["till:write"]],
    )
    async def approval_consume(
        self,
        info: TillInfo,
        id: strawberry.ID,  # noqa: A002
        input: ApprovalConsumeInput,  # noqa: A002
    ) -> ApprovalPayload:
        """Once, by the same cashier, at the same till, for the same action and reference."""
        info.context.require("till:write")
        approval_id = GlobalId.decode(id, expected_type="Approval").uuid
        command = ConsumeApproval(approval_id, _device_id(input.device_id), input.action, input.reference)
        return ApprovalPayload(row=await written(info.context.run(consume_approval, command)))


def _device_id(global_id: strawberry.ID) -> UUID:
    return GlobalId.decode(global_id, expected_type="Device", field=("input", "deviceId")).uuid
