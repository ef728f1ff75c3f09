"""Every SQL statement of identity."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.identity.model import Tenant, User

USER_ORDER = (SortKey(User.created_at), SortKey(User.id))


class TenantRow(Row):
    """A retail company."""

    tenant_id: UUID
    slug: str
    name: str
    currency: str
    created_at: datetime
    version: int


class UserRow(Row):
    """A principal known to the tenant."""

    tenant_id: UUID
    id: UUID
    keycloak_id: str
    email: str
    display_name: str
    roles: list[str]
    is_active: bool
    created_at: datetime
    version: int


_TENANTS: Final = Listing(TenantRow, Tenant, one_of(Tenant.tenant_id, "ids"))
_USERS: Final = Listing(UserRow, User, one_of(User.id, "ids"), User.keycloak_id == bindparam("keycloak_id"))


async def tenants_by_id(reader: Reader, ids: Sequence[UUID], columns: frozenset[str]) -> Mapping[UUID, TenantRow]:
    """Tenants by id; at most the caller's own is visible."""
    rows = await reader.rows(_TENANTS, columns | {"tenant_id"}, ids=ids)
    return {row.tenant_id: row for row in rows}


async def users_by_id(reader: Reader, ids: Sequence[UUID], columns: frozenset[str]) -> Mapping[UUID, UserRow]:
    """Users by id."""
    return {row.id: row for row in await reader.rows(_USERS, columns | {"id"}, ids=ids)}


async def user_by_keycloak_id(reader: Reader, keycloak_id: str, columns: frozenset[str]) -> UserRow | None:
    """The tenant's user of that principal."""
    return await reader.row(_USERS, columns | {"id"}, keycloak_id=keycloak_id)


async def users_page(reader: Reader, columns: frozenset[str], arguments: PageArguments) -> Page[UserRow]:
    """Users, oldest first."""
    return await reader.page(_USERS, columns, USER_ORDER, arguments)


async def count_users(reader: Reader) -> int:
    """How many users the tenant has."""
    return await reader.count(_USERS)


async def is_known_principal(session: AsyncSession, keycloak_id: str) -> bool:
    """Whether the principal is a user of the tenant already."""
    return bool(await session.scalar(select(exists().where(User.keycloak_id == keycloak_id))))


async def user_for_update(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, locked until the transaction ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update())
