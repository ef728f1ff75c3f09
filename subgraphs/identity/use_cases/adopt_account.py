"""Make a user of an account that the identity provider has and nobody here knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.database import Transaction
from kernel.permissions import ROLE_SCOPES
from kernel.telemetry import get_logger
from subgraphs.identity.model import User
from subgraphs.identity.ports import Account
from subgraphs.identity.repository.people import has_email, is_known_principal, known_accounts, tenant_is_known
from subgraphs.identity.use_cases.change_user import owe_account

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AdoptAccount:
    """An account of this tenant and the roles it has."""

    account: Account
    roles: frozenset[str]


async def find_unknown_accounts(tx: Transaction, accounts: Sequence[Account]) -> list[Account]:
    """Those of this tenant's accounts that belong to no user of it."""
    known = await known_accounts(tx.session, [account.id for account in accounts])
    return [account for account in accounts if account.id not in known]


async def adopt_account(tx: Transaction, command: AdoptAccount) -> bool:
    """Store its user, which the account then follows; False where that is not possible."""
    account = command.account
    if await is_known_principal(tx.session, account.id):
        return False
    if not await tenant_is_known(tx.session) or await has_email(tx.session, account.email):
        log.warning("account_belongs_to_nobody", account_id=account.id)
        return False
    user = User.create(
        tx.tenant_id,
        keycloak_id=account.id,
        email=account.email,
        display_name=f"{account.first_name} {account.last_name}".strip() or account.email,
        roles=sorted(command.roles & ROLE_SCOPES.keys()),
    )
    user.id = account.user_id or user.id
    user.store_ids = list(account.store_ids)
    user.is_active = account.is_enabled
    tx.session.add(user)
    await owe_account(tx, user)
    log.info("account_adopted", user_id=str(user.id), account_id=account.id)
    return True
