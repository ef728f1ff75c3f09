"""Have a user get a mail to choose a new password."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import UserInactive
from subgraphs.identity.model import AccountMail
from subgraphs.identity.use_cases.change_user import owe_account, user_to_change


@dataclass(frozen=True, slots=True)
class SendPasswordReset:
    """To whom."""

    user_id: UUID


async def send_password_reset(tx: Transaction, command: SendPasswordReset) -> UUID:
    """Owe the mail; the user's id. Who has not followed an invitation yet is invited again.

    Raises:
        UserInactive: nobody gets back in this way.
        NoSuchUser, RoleNotGrantable: see `user_to_change`.
    """
    user = await user_to_change(tx, command.user_id)
    if not user.is_active:
        raise UserInactive("the user was deactivated", field=("id",))
    mail = AccountMail.PASSWORD_RESET if user.keycloak_id is not None else AccountMail.INVITATION
    await owe_account(tx, user, mail=mail)
    return user.id
