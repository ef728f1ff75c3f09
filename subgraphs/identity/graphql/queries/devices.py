"""Root fields of tills and scanners."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, connection_of, find
from kernel.graphql.execution import selected_columns
from kernel.ids import GlobalId
from subgraphs.identity.graphql.loaders import TillInfo, load_devices
from subgraphs.identity.graphql.types.tills import Device
from subgraphs.identity.repository.devices import count_devices, devices_page


@strawberry.type
class DeviceQuery:
    """Which devices there are."""

    device = find(Device, load_devices, scope="till:read", description="A device of the tenant. Scope: till:read.")

    @strawberry.federation.field(
        description="The tenant's tills and scanners, oldest first. Scope: till:read.", requires_scopes=[["till:read"]]
    )
    async def devices(
        self,
        info: TillInfo,
        *,
        store_id: strawberry.ID | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Device]:
        """One page: one statement, and one more when totalCount is selected."""
        info.context.require("till:read")
        store = None if store_id is None else GlobalId.decode(store_id, expected_type="Store", field=("storeId",)).uuid
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await devices_page(reader, selected_columns(info), arguments, store)
        return connection_of(page, lambda row: Device(row=row), count=lambda: count_devices(reader, store))
