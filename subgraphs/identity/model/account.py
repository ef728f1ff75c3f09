"""What a user's account at the identity provider is owed: kept beside the user, done by a worker."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import TenantOwned
from subgraphs.identity.model.tables import IdentityTable


class AccountState(StrEnum):
    """How the account at the identity provider stands to the user here."""

    PENDING = "PENDING"
    IN_STEP = "IN_STEP"
    REFUSED = "REFUSED"


class AccountMail(StrEnum):
    """Mails the identity provider writes for us."""

    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of a mail
    #: instead of an invitation, to who has an account of another tenant; never owed as such
    MEMBERSHIP = "MEMBERSHIP"


class AccountTask(TenantOwned, IdentityTable):
    """One per user that is not in step. `revision` counts what was asked, so that nothing asked meanwhile is lost."""

    __tablename__ = "account_task"

    user_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    revision: Mapped[int]
    mail_owed: Mapped[str | None] = mapped_column(Text)
    logout_owed: Mapped[bool]
    next_run_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fence: Mapped[int]
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def of(cls, tenant_id: UUID, user_id: UUID) -> "AccountTask":
        """A task that owes nothing yet but the user's present state."""
        return cls(
            tenant_id=tenant_id,
            user_id=user_id,
            revision=0,
            logout_owed=False,
            next_run_at=utcnow(),
            fence=0,
            attempts=0,
        )

    def ask(self, *, mail: AccountMail | None = None, logout: bool = False) -> None:
        """Have the account follow the user now, and with it a mail or the end of all sessions."""
        self.revision += 1
        self.mail_owed = mail or self.mail_owed
        self.logout_owed = logout or self.logout_owed
        self.next_run_at = utcnow()
        self.attempts = 0
