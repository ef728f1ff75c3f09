"""Device, and the inputs and payloads around tills, PINs and approvals."""

from datetime import datetime
from typing import ClassVar

import strawberry

from kernel.graphql import Written, global_id, id_of, reference, user_errors
from kernel.graphql.execution import column, computed, relation
from kernel.ids import encode_global_id
from subgraphs.identity.graphql.loaders import load_devices, load_users
from subgraphs.identity.graphql.types.people import IdentityUserError, User
from subgraphs.identity.model import ApprovalAction, DeviceStatus
from subgraphs.identity.repository.devices import DeviceRow

strawberry.enum(DeviceStatus, description="REVOKED for good: to come back, a device is enrolled with a new key.")
strawberry.enum(ApprovalAction, description="What needs a manager's approval at a till.")


@strawberry.type(description="A public key on P-256, as a JWK (RFC 7517).")
class DevicePublicKey:
    """`DevicePublicKey` of the graph."""

    row: strawberry.Private[DeviceRow]

    kty: str = computed(lambda _row: "EC", reads=(), description="EC.")
    crv: str = computed(lambda _row: "P-256", reads=(), description="P-256.")
    x: str = column("key_x", description="First coordinate, base64url.")
    y: str = column("key_y", description="Second coordinate, base64url.")


@strawberry.federation.type(keys=["id"], description="A till or scanner of a store, known by the key it alone holds.")
class Device:
    """`Device` of the graph."""

    row: strawberry.Private[DeviceRow]
    references: ClassVar = (reference("id", load_devices, parse=id_of("Device"), to=lambda row: Device(row=row)),)

    id: strawberry.ID = global_id("Device")
    store_id: strawberry.ID = computed(
        lambda row: strawberry.ID(encode_global_id("Store", row.store_id)),
        reads=("store_id",),
        description="The store it stands in.",
    )
    name: str = column(description="Name for people, like Till 3.")
    public_key: DevicePublicKey = computed(
        lambda row: DevicePublicKey(row=row), reads=("key_x", "key_y"), description="Its public key."
    )
    thumbprint: str = column(description="SHA-256 thumbprint of the key (RFC 7638), base64url.")
    status: DeviceStatus = column(description="Whether its requests count.")
    enrolled_at: datetime = column(description="When it was enrolled.")
    enrolled_by: str = column(description="Subject of who enrolled it.")
    revoked_at: datetime | None = column(description="When it was revoked.")
    revoked_by: str | None = column(description="Subject of who revoked it.")
    last_seen_at: datetime | None = column(description="When it was last in use, to the hour.")
    version: int = column(description="Counts changes.")


@strawberry.input(description="A public key on P-256.")
class DevicePublicKeyInput:
    """Input of `deviceEnroll`: kty and crv are always EC and P-256."""

    x: str = strawberry.field(description="First coordinate, base64url.")
    y: str = strawberry.field(description="Second coordinate, base64url.")


@strawberry.input(description="A till or scanner to enrol.")
class DeviceEnrollInput:
    """Input of `deviceEnroll`."""

    store_id: strawberry.ID = strawberry.field(description="One of the caller's stores.")
    name: str = strawberry.field(description="Name for people.")
    public_key: DevicePublicKeyInput = strawberry.field(description="The key it alone holds the private half of.")


@strawberry.type(description="Answer of a mutation on one device.")
class DevicePayload:
    """The device, or why not."""

    row: strawberry.Private[Written]

    device: Device | None = relation(
        load_devices, key="key", to=lambda row: Device(row=row), description="The device after the change."
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)


@strawberry.input(description="One's own new PIN.")
class PinSetInput:
    """Input of `pinSet`."""

    pin: str = strawberry.field(description="4 to 8 digits, not easily guessed.")
    current_pin: str | None = strawberry.field(default=None, description="The present PIN, if there is one.")


@strawberry.input(description="A PIN typed in at a till.")
class PinVerifyInput:
    """Input of `pinVerify`."""

    pin: str = strawberry.field(description="The caller's PIN.")
    device_id: strawberry.ID = strawberry.field(description="The till.")


@strawberry.type(description="Whether a PIN was accepted.")
class PinPayload:
    """Yes, or why not."""

    row: strawberry.Private[Written]

    is_accepted: bool = computed(
        lambda row: not row.refusals, reads=("refusals",), description="False when there are user errors."
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)


@strawberry.type(description="Answer of pinReset.")
class PinResetPayload:
    """Whose PIN is gone, or why not."""

    row: strawberry.Private[Written]

    user: User | None = relation(
        load_users, key="key", to=lambda row: User(row=row), description="Who chooses a new PIN now."
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)


@strawberry.input(description="What a manager approves by PIN at the caller's till.")
class ApprovalGrantInput:
    """Input of `approvalGrant`."""

    device_id: strawberry.ID = strawberry.field(description="The till.")
    approver_email: str = strawberry.field(description="E-mail address of the manager.")
    pin: str = strawberry.field(description="The manager's PIN.")
    action: ApprovalAction = strawberry.field(description="What is about to be done.")
    reference: str = strawberry.field(description="To what, like the id of a cart's line.")
    reason: str = strawberry.field(description="Why, for people.")


@strawberry.input(description="What is about to be done, as it was approved.")
class ApprovalConsumeInput:
    """Input of `approvalConsume`."""

    device_id: strawberry.ID = strawberry.field(description="The till.")
    action: ApprovalAction = strawberry.field(description="What.")
    reference: str = strawberry.field(description="To what.")


@strawberry.type(description="An approval, or why there is none.")
class ApprovalPayload:
    """The approval's id, or why not."""

    row: strawberry.Private[Written]

    approval_id: strawberry.ID | None = computed(
        lambda row: None if row.key is None else strawberry.ID(encode_global_id("Approval", row.key)),
        reads=("key",),
        description="Usable once, within two minutes, by the same cashier at the same till.",
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)
