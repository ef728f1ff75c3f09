"""Bring one account at the identity provider into step with its user. Every step may be repeated."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.tenant_transactions import Transactions
from subgraphs.identity.model import AccountMail, AccountState
from subgraphs.identity.model.granting import UNGRANTABLE
from subgraphs.identity.ports import Account, AccountProfile, AddressTaken, IdentityProvider
from subgraphs.identity.repository.accounts import account_task_for_update
from subgraphs.identity.repository.people import user_for_update


@dataclass(frozen=True, slots=True)
class AccountWish:
    """What the account should be, as of `revision`."""

    revision: int
    keycloak_id: str | None
    profile: AccountProfile
    roles: frozenset[str]
    mail: AccountMail | None
    logout: bool


@dataclass(frozen=True, slots=True)
class SettledAccount:
    """What came of a wish: an account in step, or None where the provider cannot have it so."""

    user_id: UUID
    revision: int
    account_id: str | None


class AccountElsewhere(Exception):
    """The account that should be this user's belongs to somebody else; nothing about it may be changed."""


async def sync_account(transactions: Transactions, provider: IdentityProvider, user_id: UUID) -> AccountState:
    """Create or change the account, then record it; the state recorded. Raises ProviderSilent.

    The mail is the last thing before the record: who dies in between sends it twice, never not at all.
    """
    wish = await transactions.run(read_wish, user_id)
    if wish is None:
        return AccountState.IN_STEP
    try:
        account_id: str | None = await _followed(provider, wish)
    except (AddressTaken, AccountElsewhere):
        account_id = None
    return await transactions.run(settle_account, SettledAccount(user_id, wish.revision, account_id))


async def read_wish(tx: Transaction, user_id: UUID) -> AccountWish | None:
    """What the user's account is owed; None if nothing is."""
    user = await user_for_update(tx.session, user_id)
    task = await account_task_for_update(tx.session, user_id)
    if user is None or task is None:
        return None
    first_name, _, last_name = user.display_name.rpartition(" ")
    profile = AccountProfile(
        user_id=user.id,
        tenant_id=user.tenant_id,
        email=user.email.lower(),
        first_name=first_name,
        last_name=last_name,
        store_ids=tuple(user.store_ids),
        is_enabled=user.is_active,
    )
    mail = AccountMail(task.mail_owed) if task.mail_owed else None
    return AccountWish(task.revision, user.keycloak_id, profile, frozenset(user.roles), mail, task.logout_owed)


async def settle_account(tx: Transaction, settled: SettledAccount) -> AccountState:
    """Record the account. What was asked since stays owed, but a mail or logout done is not asked for again."""
    user = await user_for_update(tx.session, settled.user_id)
    task = await account_task_for_update(tx.session, settled.user_id)
    if user is None or task is None:
        return AccountState.IN_STEP
    if settled.account_id is not None:
        user.link(settled.account_id)
    if task.revision != settled.revision:
        return AccountState.PENDING
    await tx.session.delete(task)
    user.account_state = AccountState.IN_STEP if settled.account_id is not None else AccountState.REFUSED
    return AccountState(user.account_state)


async def _followed(provider: IdentityProvider, wish: AccountWish) -> str:
    account = await _own_account(provider, wish)
    if account is None:
        account_id = await provider.create(wish.profile)
    else:
        account_id = account.id
        if not _says(account, wish.profile):
            await provider.update(account_id, wish.profile)
    await _give_roles(provider, account_id, wish.roles)
    if wish.logout:
        await provider.end_sessions(account_id)
    if wish.mail is not None:
        await provider.send_mail(account_id, wish.mail)
    return account_id


async def _own_account(provider: IdentityProvider, wish: AccountWish) -> Account | None:
    """By our id, or by the provider's where it was there first; never one of another tenant or user."""
    account = await provider.find(wish.profile.user_id)
    if account is None and wish.keycloak_id is not None:
        account = await provider.get(wish.keycloak_id)
    if account is None:
        return None
    is_ours = account.tenant_id == wish.profile.tenant_id and account.user_id in {None, wish.profile.user_id}
    if not is_ours or UNGRANTABLE & await provider.roles(account.id):
        raise AccountElsewhere
    return account


async def _give_roles(provider: IdentityProvider, account_id: str, wanted: frozenset[str]) -> None:
    held = await provider.roles(account_id)
    # Keycloak gives every new account its default role, with what comes with that one
    given, taken = wanted - held - UNGRANTABLE, held - wanted
    if given or taken:
        await provider.change_roles(account_id, given=given, taken=taken)


def _says(account: Account, profile: AccountProfile) -> bool:
    return (
        account.user_id == profile.user_id
        and account.email == profile.email
        and account.first_name == profile.first_name
        and account.last_name == profile.last_name
        and account.store_ids == tuple(sorted(profile.store_ids))
        and account.is_enabled == profile.is_enabled
    )
