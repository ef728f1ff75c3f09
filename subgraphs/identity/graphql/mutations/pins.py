"""Mutations of PINs: everybody's own, and a manager's reset."""

import strawberry

from kernel.graphql import written
from kernel.ids import GlobalId
from subgraphs.identity.graphql.loaders import TillInfo
from subgraphs.identity.graphql.types.tills import PinPayload, PinResetPayload, PinSetInput, PinVerifyInput
from subgraphs.identity.use_cases.reset_pin import ResetPin, reset_pin
from subgraphs.identity.use_cases.set_pin import SetPin, set_pin
from subgraphs.identity.use_cases.verify_pin import VerifyPin, verify_pin


@strawberry.type
class PinMutation:
    """What can be done to PINs."""

    @strawberry.federation.mutation(
        description="Chooses the caller's own PIN. Scope: till:write.", requires_scopes=[["till:write"]]
    )
    async def pin_set(self, info: TillInfo, input: PinSetInput) -> PinPayload:  # noqa: A002
        """The present PIN is asked for, if there is one."""
        context = info.context
        context.require("till:write")
        command = SetPin(context.pin_secrets, input.pin, input.current_pin)
        return PinPayload(row=await written(context.run(set_pin, command)))

    @strawberry.federation.mutation(
        description="Checks the caller's own PIN at a till; the fifth wrong one locks it. Scope: till:write.",
        requires_scopes=[["till:write"]],
    )
    async def pin_verify(self, info: TillInfo, input: PinVerifyInput) -> PinPayload:  # noqa: A002
        """Only the caller's: nobody can try somebody else's."""
        context = info.context
        context.require("till:write")
        device_id = GlobalId.decode(input.device_id, expected_type="Device", field=("input", "deviceId")).uuid
        command = VerifyPin(context.pin_secrets, input.pin, device_id)
        return PinPayload(row=await written(context.run(verify_pin, command)))

    @strawberry.federation.mutation(
        description="Takes a user's PIN and its lock away. Scope: till:manage, with a second factor.",
        requires_scopes=[["till:manage"]],
    )
    async def pin_reset(self, info: TillInfo, user_id: strawberry.ID) -> PinResetPayload:
        """Resetting twice is one reset."""
        info.context.require("till:manage")
        command = ResetPin(GlobalId.decode(user_id, expected_type="User", field=("userId",)).uuid)
        return PinResetPayload(row=await written(info.context.run(reset_pin, command)))
