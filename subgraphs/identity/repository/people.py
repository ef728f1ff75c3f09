"""Tenants and users: what is read, and what is locked to be changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import any_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.identity.model import Tenant, User
from subgraphs.identity.model.people import TENANT_OWNER

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
    keycloak_id: str | None
    email: str
    display_name: str
    roles: list[str]
    store_ids: list[UUID]
    is_active: bool
    account_state: str
    created_at: datetime
    version: int


TENANTS: Final = Listing(TenantRow, Tenant, one_of(Tenant.tenant_id))
USERS: Final = Listing(UserRow, User, one_of(User.id), User.keycloak_id == bindparam("keycloak_id"))


async def user_by_keycloak_id(reader: Reader, keycloak_id: str, columns: frozenset[str]) -> UserRow | None:
    """The tenant's user of that principal."""
    return await reader.row(USERS, columns | {"id"}, keycloak_id=keycloak_id)


async def users_page(reader: Reader, columns: frozenset[str], arguments: PageArguments) -> Page[UserRow]:
    """Users, oldest first."""
    return await reader.page(USERS, columns, USER_ORDER, arguments)


async def count_users(reader: Reader) -> int:
    """How many users the tenant has."""
    return await reader.count(USERS)


async def is_known_principal(session: AsyncSession, keycloak_id: str) -> bool:
    """Whether the principal is a user of the tenant already."""
    return bool(await session.scalar(select(exists().where(User.keycloak_id == keycloak_id))))


async def user_for_update(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, locked until the transaction ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update())


async def has_email(session: AsyncSession, email: str) -> bool:
    """Whether a user of the tenant has the e-mail address already, in whatever case."""
    return bool(await session.scalar(select(exists().where(func.lower(User.email) == email.strip().lower()))))


async def active_owners_for_update(session: AsyncSession) -> list[UUID]:
    """The tenant's active owners, locked so that two of them cannot remove each other."""
    owners = select(User.id).where(User.is_active, any_(User.roles) == TENANT_OWNER).order_by(User.id)
    return list(await session.scalars(owners.with_for_update()))


async def known_accounts(session: AsyncSession, keycloak_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are users of the tenant."""
    known = await session.scalars(select(User.keycloak_id).where(User.keycloak_id.in_(keycloak_ids)))
    return {one for one in known if one is not None}


async def tenant_is_known(session: AsyncSession) -> bool:
    """Whether the tenant of this transaction is there: behind the fence there is no other."""
    return bool(await session.scalar(select(exists(select(Tenant.tenant_id)))))
