"""Invite somebody to become a user of the tenant."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import EmailTaken
from subgraphs.identity.model import AccountMail, AccountTask, User
from subgraphs.identity.model.granting import require_may_grant
from subgraphs.identity.repository.people import has_email


@dataclass(frozen=True, slots=True)
class InviteUser:
    """Who, and what they will be."""

    email: str
    display_name: str
    roles: tuple[str, ...]
    store_ids: tuple[UUID, ...]


async def invite_user(tx: Transaction, command: InviteUser) -> UUID:
    """Store the user and owe the account with its invitation; the user's id.

    Raises:
        EmailTaken: a user of this tenant has the address.
        RoleNotGrantable: see `require_may_grant`.
        Invalid, UnknownRole: see `User.invite`.
    """
    user = User.invite(
        tx.tenant_id,
        email=command.email,
        display_name=command.display_name,
        roles=list(command.roles),
        store_ids=list(command.store_ids),
    )
    require_may_grant(tx.principal, user.roles)
    if await has_email(tx.session, user.email):
        raise EmailTaken("a user of this tenant has this address", field=("input", "email"))
    task = AccountTask.of(tx.tenant_id, user.id)
    task.ask(mail=AccountMail.INVITATION)
    tx.session.add_all([user, task])
    return user.id
