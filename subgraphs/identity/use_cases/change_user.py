"""What every change of a user has in common: find it, see that the caller may, and have its account follow."""

from collections.abc import Iterable
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import LastOwner, NoSuchUser
from subgraphs.identity.model import AccountMail, AccountState, AccountTask, User
from subgraphs.identity.model.granting import require_may_grant
from subgraphs.identity.repository.accounts import account_task_for_update
from subgraphs.identity.repository.people import active_owners_for_update, user_for_update


async def user_to_change(tx: Transaction, user_id: UUID, *, given: Iterable[str] = ()) -> User:
    """The user, locked; the caller may change it and give it the roles `given`.

    Raises:
        NoSuchUser: the tenant has no such user.
        RoleNotGrantable: the user has, or would get, a role above the caller's.
    """
    user = await user_for_update(tx.session, user_id)
    if user is None:
        raise NoSuchUser("there is no such user", field=("id",))
    require_may_grant(tx.principal, {*user.roles, *given})
    return user


async def require_another_owner(tx: Transaction, user: User) -> None:
    """Raises LastOwner if the tenant has no other active owner than `user`, who is about to stop being one."""
    if user.is_active_owner and await active_owners_for_update(tx.session) == [user.id]:
        raise LastOwner("a tenant keeps at least one active owner", field=("id",))


async def owe_account(tx: Transaction, user: User, *, mail: AccountMail | None = None, logout: bool = False) -> None:
    """Have the user's account at the identity provider follow, with a mail or the end of its sessions."""
    task = await account_task_for_update(tx.session, user.id)
    if task is None:
        task = AccountTask.of(tx.tenant_id, user.id)
        tx.session.add(task)
    task.ask(mail=mail, logout=logout)
    user.account_state = AccountState.PENDING
