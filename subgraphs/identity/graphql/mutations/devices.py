"""Mutations of tills and scanners: authorize, translate, run one use case, translate back."""

import strawberry

from kernel.graphql import written
from kernel.ids import GlobalId
from subgraphs.identity.graphql.loaders import TillInfo
from subgraphs.identity.graphql.types.tills import DeviceEnrollInput, DevicePayload
from subgraphs.identity.use_cases.enroll_device import EnrollDevice, enroll_device
from subgraphs.identity.use_cases.revoke_device import RevokeDevice, revoke_device


@strawberry.type
class DeviceMutation:
    """What can be done to devices."""

    @strawberry.federation.mutation(
        description="Enrols a till or scanner in one of the caller's stores. Scope: till:manage, with a second factor.",
        requires_scopes=[["till:manage"]],
    )
    async def device_enroll(self, info: TillInfo, input: DeviceEnrollInput) -> DevicePayload:  # noqa: A002
        """Whoever calls has seen that the device holds the private key: the POS BFF asks it for a proof."""
        info.context.require("till:manage")
        store = GlobalId.decode(input.store_id, expected_type="Store", field=("input", "storeId"))
        command = EnrollDevice(store.uuid, input.name, input.public_key.x, input.public_key.y)
        return DevicePayload(row=await written(info.context.run(enroll_device, command)))

    @strawberry.federation.mutation(
        description="Revokes a lost or replaced device, within a second everywhere. "
        "Scope: till:manage, with a second factor.",
        requires_scopes=[["till:manage"]],
    )
    async def device_revoke(self, info: TillInfo, id: strawberry.ID) -> DevicePayload:  # noqa: A002
        """Revoking twice is one revocation."""
        info.context.require("till:manage")
        command = RevokeDevice(GlobalId.decode(id, expected_type="Device").uuid)
        return DevicePayload(row=await written(info.context.run(revoke_device, command)))
