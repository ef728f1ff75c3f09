"""Every SQL statement of identity."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Page, PageArguments, SortKey, paginate
from subgraphs.identity.model import Tenant, User

USER_ORDER = (SortKey(User.created_at), SortKey(User.id))


async def tenants_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Tenant]:
    """Tenants in no particular order; at most the caller's own is visible."""
    return (await session.scalars(select(Tenant).where(Tenant.tenant_id.in_(ids)))).all()


async def users_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[User]:
    """Users in no particular order."""
    return (await session.scalars(select(User).where(User.id.in_(ids)))).all()


async def user_by_keycloak_id(session: AsyncSession, keycloak_id: str) -> User | None:
    """The tenant's user of that principal."""
    return (await session.scalars(select(User).where(User.keycloak_id == keycloak_id))).one_or_none()


async def users_page(session: AsyncSession, arguments: PageArguments) -> Page[User]:
    """Users, oldest first."""
    return await paginate(session, select(User), USER_ORDER, arguments)


async def count_users(session: AsyncSession) -> int:
    """How many users the tenant has."""
    return (await session.scalars(select(func.count()).select_from(User))).one()


async def user_for_update(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, locked until the transaction ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update())
