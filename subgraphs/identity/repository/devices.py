"""Tills and scanners: what is read, and what is locked to be changed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.identity.model import Device, DeviceStatus

DEVICE_ORDER = (SortKey(Device.enrolled_at), SortKey(Device.id))


class DeviceRow(Row):
    """A till or scanner."""

    tenant_id: UUID
    id: UUID
    store_id: UUID
    name: str
    key_x: str
    key_y: str
    thumbprint: str
    status: DeviceStatus
    enrolled_at: datetime
    enrolled_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    last_seen_at: datetime | None
    version: int


DEVICES: Final = Listing(DeviceRow, Device, one_of(Device.id), Device.store_id == bindparam("store_id"))


async def devices_page(
    reader: Reader, columns: frozenset[str], arguments: PageArguments, store_id: UUID | None
) -> Page[DeviceRow]:
    """Devices, oldest first, of one store or of all."""
    return await reader.page(DEVICES, columns, DEVICE_ORDER, arguments, store_id=store_id)


async def count_devices(reader: Reader, store_id: UUID | None) -> int:
    """How many devices one store has, or all."""
    return await reader.count(DEVICES, store_id=store_id)


async def device_for_update(session: AsyncSession, device_id: UUID) -> Device | None:
    """The device, locked until the transaction ends."""
    return await session.scalar(select(Device).where(Device.id == device_id).with_for_update())


async def device_with_key(session: AsyncSession, thumbprint: str) -> Device | None:
    """The device that was enrolled with this key, whatever became of it."""
    return await session.scalar(select(Device).where(Device.thumbprint == thumbprint))
