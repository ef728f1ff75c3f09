"""Batched reads, and what mutations about PINs need besides: the key that stored PINs depend on."""

from typing import Final, TypeAlias

import strawberry

from kernel.database import Database
from kernel.graphql import RequestContext, rows_by
from kernel.identity import Principal
from subgraphs.identity.model import Device, PinSecrets, Tenant, User
from subgraphs.identity.repository.devices import DEVICES
from subgraphs.identity.repository.people import TENANTS, USERS


class IdentityContext(RequestContext):
    """With what PINs are made and checked by."""

    def __init__(self, database: Database, principal: Principal | None, *, pin_secrets: PinSecrets) -> None:
        super().__init__(database, principal)
        self.pin_secrets = pin_secrets


TillInfo: TypeAlias = strawberry.Info[IdentityContext, None]

#: only the caller's own is there
load_tenants: Final = rows_by(TENANTS, Tenant.tenant_id)
load_users: Final = rows_by(USERS, User.id)
#: a reference shows no more than the root field does
load_users_for_staff: Final = rows_by(USERS, User.id, scope="identity:read")
load_devices: Final = rows_by(DEVICES, Device.id, scope="till:read")
