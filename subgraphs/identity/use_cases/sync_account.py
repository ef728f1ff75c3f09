"""Bring one account at the identity provider into step with its user. Every step may be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.database import Database, Transaction
from kernel.membership import SLOTS
from kernel.tenant_transactions import Transactions
from subgraphs.identity.model import AccountMail, AccountState
from subgraphs.identity.model.granting import UNGRANTABLE
from subgraphs.identity.ports import Account, AccountProfile, AddressTaken, IdentityProvider, ProviderSilent
from subgraphs.identity.repository.accounts import AccountUser, account_task_for_update, users_of_account
from subgraphs.identity.repository.people import user_for_update
from subgraphs.identity.use_cases.compose_account import FIRST, compose_account
from subgraphs.identity.use_cases.join_account import JoinAccount, join_account


@dataclass(frozen=True, slots=True)
class AccountWish:
    """What the account should be, as of `revision`."""

    revision: int
    keycloak_id: str | None
    user: AccountUser
    mail: AccountMail | None
    logout: bool


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """Which account the user has, and in which of its slots."""

    account_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class SettledAccount:
    """What came of a wish: an account in step, or None where the provider cannot have it so."""

    user_id: UUID
    revision: int
    place: AccountPlace | None


class AccountElsewhere(Exception):
    """The account that should be this user's belongs to somebody else; nothing about it may be changed."""


async def sync_account(
    transactions: Transactions, provider: IdentityProvider, user_id: UUID, crossing: Database
) -> AccountState:
    """Create or change the account, then record it; the state recorded. Raises ProviderSilent.

    The mail is the last thing before the record: who dies in between sends it twice, never not at all.
    `crossing` is the role `identity_worker`: an account says what its person is in every tenant.
    """
    wish = await transactions.run(read_wish, user_id)
    if wish is None:
        return AccountState.IN_STEP
    try:
        place: AccountPlace | None = await _followed(_Reach(provider, transactions, crossing), wish)
    except AddressTaken as error:
        if wish.user.slot != FIRST:
            # it is the address of the account's first user; what this one may do there has to be written all the same
            raise ProviderSilent("the account's own address is another account's") from error
        place = None
    except AccountElsewhere:
        place = None
    return await transactions.run(settle_account, SettledAccount(user_id, wish.revision, place))


async def read_wish(tx: Transaction, user_id: UUID) -> AccountWish | None:
    """What the user's account is owed; None if nothing is."""
    user = await user_for_update(tx.session, user_id)
    task = await account_task_for_update(tx.session, user_id)
    if user is None or task is None:
        return None
    as_user = AccountUser(
        tenant_id=user.tenant_id,
        tenant_name="",
        user_id=user.id,
        slot=user.membership_slot,
        email=user.email,
        display_name=user.display_name,
        roles=tuple(user.roles),
        store_ids=tuple(user.store_ids),
        is_active=user.is_active,
    )
    mail = AccountMail(task.mail_owed) if task.mail_owed else None
    return AccountWish(task.revision, user.keycloak_id, as_user, mail, task.logout_owed)


async def settle_account(tx: Transaction, settled: SettledAccount) -> AccountState:
    """Record the account. What was asked since stays owed, but a mail or logout done is not asked for again."""
    user = await user_for_update(tx.session, settled.user_id)
    task = await account_task_for_update(tx.session, settled.user_id)
    if user is None or task is None:
        return AccountState.IN_STEP
    if settled.place is not None:
        user.link(settled.place.account_id, settled.place.slot)
    if task.revision != settled.revision:
        return AccountState.PENDING
    await tx.session.delete(task)
    user.account_state = AccountState.IN_STEP if settled.place is not None else AccountState.REFUSED
    return AccountState(user.account_state)


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a synchronisation works with; `crossing` reads across tenants."""

    provider: IdentityProvider
    transactions: Transactions
    crossing: Database

    async def users_of(self, account_id: str) -> list[AccountUser]:
        async with self.crossing.across_tenants() as session:
            return await users_of_account(session, account_id)


async def _followed(reach: _Reach, wish: AccountWish) -> AccountPlace:
    place = await _place(reach, wish)
    if wish.logout:
        await reach.provider.end_sessions(place.account_id)
    if wish.mail is not None:
        await reach.provider.send_mail(place.account_id, _mail(wish.mail, place))
    return place


async def _place(reach: _Reach, wish: AccountWish) -> AccountPlace:
    """Where the user is now: in a new account, its own, or one the person has of another tenant."""
    account = await _account_of(reach.provider, wish)
    if account is None:
        try:
            return AccountPlace(await _created(reach.provider, wish.user), FIRST)
        except AddressTaken:
            account = await reach.provider.with_address(wish.user.email.lower())
    if account is None:
        raise ProviderSilent("the address was taken and is free")
    place = await _place_in(reach, account, wish)
    await _write(reach, account, place, wish)
    return place


async def _account_of(provider: IdentityProvider, wish: AccountWish) -> Account | None:
    """By our id, or by the provider's where it was there first."""
    account = await provider.find(wish.user.user_id)
    if account is None and wish.keycloak_id is not None:
        account = await provider.get(wish.keycloak_id)
    return account


async def _created(provider: IdentityProvider, user: AccountUser) -> str:
    whole = compose_account(user, [])
    account_id = await provider.create(whole.profile)
    await _give_roles(provider, account_id, whole.roles)
    return account_id


async def _place_in(reach: _Reach, account: Account, wish: AccountWish) -> AccountPlace:
    """The first place of the user's own account, or one in that which the person has of another tenant.

    Raises:
        AccountElsewhere: it is another person's or the platform's, or has no place left.
    """
    if wish.user.slot != FIRST and wish.keycloak_id == account.id:
        # it was given once: whatever has become of the address or the roles, leaving it must work
        return AccountPlace(account.id, wish.user.slot)
    is_unclaimed = account.user_id is None and account.tenant_id == wish.user.tenant_id
    is_own = account.user_id == wish.user.user_id or is_unclaimed
    is_same_person = account.user_id is not None and account.email.lower() == wish.user.email.lower()
    if not (is_own or is_same_person) or UNGRANTABLE & await reach.provider.roles(account.id):
        raise AccountElsewhere
    if is_own:
        return AccountPlace(account.id, FIRST)
    users = await reach.users_of(account.id)
    slot = _slot(wish.user.user_id, users)
    others = [user for user in (*users, _first_user(account, users)) if user.user_id != wish.user.user_id]
    if slot is None or any(user.tenant_id == wish.user.tenant_id for user in others):
        raise AccountElsewhere
    await reach.transactions.run(join_account, JoinAccount(wish.user.user_id, account.id, slot))
    return AccountPlace(account.id, slot)


def _slot(user_id: UUID, users: Sequence[AccountUser]) -> int | None:
    """The slot the user has, or the first that nobody has."""
    taken = {user.slot: user.user_id for user in users if user.slot != FIRST}
    held = [slot for slot, holder in taken.items() if holder == user_id]
    return next(iter([*held, *(slot for slot in SLOTS if slot not in taken)]), None)


async def _write(reach: _Reach, account: Account, place: AccountPlace, wish: AccountWish) -> None:
    """Have the account say everything; again where a worker of another tenant may have read and written meanwhile."""
    written: list[AccountUser] | None = None
    while written != (users := await reach.users_of(account.id)):
        first = wish.user if place.slot == FIRST else _first_user(account, users)
        whole = compose_account(next((user for user in users if user.user_id == first.user_id), first), users)
        # before the account is opened again: who may not enter the first tenant any more has none of its roles
        await _give_roles(reach.provider, account.id, whole.roles)
        if written is not None or not _says(account, whole.profile):
            await reach.provider.update(account.id, whole.profile)
        written = users


def _first_user(account: Account, users: Sequence[AccountUser]) -> AccountUser:
    first = next((user for user in users if user.user_id == account.user_id), None)
    if first is None:
        raise ProviderSilent("the account's first user is not recorded yet")
    return first


def _mail(mail: AccountMail, place: AccountPlace) -> AccountMail:
    is_known_here = place.slot == FIRST or mail is not AccountMail.INVITATION
    return mail if is_known_here else AccountMail.MEMBERSHIP


async def _give_roles(provider: IdentityProvider, account_id: str, wanted: frozenset[str]) -> None:
    held = await provider.roles(account_id)
    # Keycloak gives every new account its default role, with what comes with that one
    given, taken = wanted - held - UNGRANTABLE, held - wanted - UNGRANTABLE
    if given or taken:
        await provider.change_roles(account_id, given=given, taken=taken)


def _says(account: Account, profile: AccountProfile) -> bool:
    return (
        account.user_id == profile.user_id
        and account.email == profile.email
        and account.first_name == profile.first_name
        and account.last_name == profile.last_name
        and account.tenant_id == profile.tenant_id
        and account.store_ids == tuple(sorted(profile.store_ids))
        and account.is_enabled == profile.is_enabled
        and (account.memberships, account.tenants) == (profile.memberships, profile.tenants)
    )
