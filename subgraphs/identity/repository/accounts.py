"""Statements about accounts at the identity provider and what they are owed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.identity.model import AccountState, AccountTask, Tenant, User

#: before every tenant and user
START: Final = (UUID(int=0), UUID(int=0))
#: longer than a whole round of calls to the identity provider
LEASE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ClaimedAccount:
    """A task held by one worker until its lease ends; `fence` tells a later holder's from ours."""

    tenant_id: UUID
    user_id: UUID
    attempts: int
    fence: int


@dataclass(frozen=True, slots=True)
class LinkedUser:
    """A user in step, and the account it had when last looked at."""

    tenant_id: UUID
    user_id: UUID
    keycloak_id: str


@dataclass(frozen=True, slots=True)
class AccountUser:
    """One tenant's user of an account."""

    tenant_id: UUID
    tenant_name: str
    user_id: UUID
    slot: int
    email: str
    display_name: str
    roles: tuple[str, ...]
    store_ids: tuple[UUID, ...]
    is_active: bool


async def users_of_account(session: AsyncSession, keycloak_id: str) -> list[AccountUser]:
    """All tenants' users of an account, by slot; needs the worker role."""
    columns = (User.id, User.membership_slot, User.email, User.display_name, User.roles, User.store_ids, User.is_active)
    statement = (
        select(User.tenant_id, func.coalesce(Tenant.name, ""), *columns)
        .outerjoin(Tenant, Tenant.tenant_id == User.tenant_id)
        .where(User.keycloak_id == keycloak_id)
        .order_by(User.membership_slot, User.tenant_id)
    )
    rows = await session.execute(statement)
    return [
        AccountUser(tenant, name, user_id, slot, email, shown, tuple(roles), tuple(stores), is_active)
        for tenant, name, user_id, slot, email, shown, roles, stores, is_active in rows
    ]


async def linked_users(session: AsyncSession, after: tuple[UUID, UUID], most: int) -> list[LinkedUser]:
    """Active users in step behind `after` (tenant and user), of all tenants; needs the worker role."""
    place = (User.tenant_id, User.id)
    statement = (
        select(*place, User.keycloak_id)
        .where(tuple_(*place) > after, User.is_active, User.account_state == AccountState.IN_STEP)
        .where(User.keycloak_id.is_not(None))
        .order_by(*place)
        .limit(most)
    )
    return [LinkedUser(*row) for row in await session.execute(statement)]


async def account_task_for_update(session: AsyncSession, user_id: UUID) -> AccountTask | None:
    """What the user's account is owed, locked until the transaction ends."""
    return await session.scalar(select(AccountTask).where(AccountTask.user_id == user_id).with_for_update())


async def claim_due_accounts(session: AsyncSession, limit: int) -> list[ClaimedAccount]:
    """Take due tasks of all tenants, by the database's clock; needs the worker role."""
    key = (AccountTask.tenant_id, AccountTask.user_id)
    due = (
        select(*key)
        .where(AccountTask.next_run_at <= func.now())
        .where(func.coalesce(AccountTask.lease_until, func.now()) <= func.now())
        .order_by(AccountTask.next_run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(AccountTask)
        .where(tuple_(*key).in_(due))
        .values(lease_until=func.now() + LEASE, fence=AccountTask.fence + 1, attempts=AccountTask.attempts + 1)
        .returning(*key, AccountTask.attempts, AccountTask.fence)
        .execution_options(synchronize_session=False)
    )
    return [ClaimedAccount(*row) for row in await session.execute(claim)]


async def postpone_account(session: AsyncSession, claim: ClaimedAccount, *, delay_seconds: float, reason: str) -> None:
    """Give a claimed task back for later, unless another worker has claimed it since."""
    statement = (
        update(AccountTask)
        .where(
            AccountTask.tenant_id == claim.tenant_id,
            AccountTask.user_id == claim.user_id,
            AccountTask.fence == claim.fence,
        )
        .values(next_run_at=func.now() + timedelta(seconds=delay_seconds), lease_until=None, last_error=reason)
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)
