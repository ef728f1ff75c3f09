"""PINs and approvals: nothing of them is read but to be changed."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.identity.model import Approval, Pin, User


async def pin_for_update(session: AsyncSession, subject: str) -> Pin | None:
    """The person's PIN, locked until the transaction ends, so that guesses come one after the other."""
    return await session.scalar(select(Pin).where(Pin.subject == subject).with_for_update())


async def count_for_nobody(session: AsyncSession) -> None:
    """Cost what counting a failure costs, so that the time taken does not tell whose PIN can be tried."""
    await session.execute(update(Pin).where(Pin.subject == "").values(failures=Pin.failures + 1))


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this e-mail address, however it is written; the oldest if it is shared."""
    wanted = select(User).where(func.lower(User.email) == email.strip().lower())
    return await session.scalar(wanted.order_by(User.created_at, User.id).limit(1))


async def approval_for_update(session: AsyncSession, approval_id: UUID) -> Approval | None:
    """The approval, locked until the transaction ends."""
    return await session.scalar(select(Approval).where(Approval.id == approval_id).with_for_update())
