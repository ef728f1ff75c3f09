"""Compare users and accounts, a page at a time: what is only on one side comes to the other.

What differs on both sides is left alone: an account that an administrator has disabled must not be enabled again.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final
from uuid import UUID

from kernel.database import Database
from kernel.tenant_transactions import Transactions
from subgraphs.identity.model.granting import UNGRANTABLE
from subgraphs.identity.ports import Account, IdentityProvider
from subgraphs.identity.repository.accounts import START, LinkedUser, linked_users
from subgraphs.identity.use_cases.adopt_account import AdoptAccount, adopt_account, find_unknown_accounts
from subgraphs.identity.use_cases.restore_account import restore_account

_ACCOUNTS_AT_ONCE: Final = 100
_USERS_AT_ONCE: Final = 50


class AccountSweep:
    """Remembers where it is; after the last page it begins again. `database` is the role `identity_worker`."""

    def __init__(
        self, database: Database, transactions_of: Callable[[UUID], Transactions], provider: IdentityProvider
    ) -> None:
        self._database = database
        self._transactions_of = transactions_of
        self._provider = provider
        self._first = 0
        self._after = START

    async def next_page(self) -> int:
        """Look at one page of either side; how much was out of step. Raises ProviderSilent."""
        return await self._adopt_unknown() + await self._restore_lost()

    async def _adopt_unknown(self) -> int:
        page = await self._provider.page(self._first, _ACCOUNTS_AT_ONCE)
        by_tenant: defaultdict[UUID, list[Account]] = defaultdict(list)
        for account in page:
            if account.tenant_id is not None and account.email:
                by_tenant[account.tenant_id].append(account)
        adopted = [await self._adopt(tenant_id, accounts) for tenant_id, accounts in by_tenant.items()]
        self._first = self._first + len(page) if len(page) == _ACCOUNTS_AT_ONCE else 0
        return sum(adopted)

    async def _adopt(self, tenant_id: UUID, accounts: list[Account]) -> int:
        transactions = self._transactions_of(tenant_id)
        adopted = 0
        for account in await transactions.run(find_unknown_accounts, accounts):
            roles = await self._provider.roles(account.id)
            if not roles & UNGRANTABLE:
                adopted += await transactions.run(adopt_account, AdoptAccount(account, roles))
        return adopted

    async def _restore_lost(self) -> int:
        async with self._database.across_tenants() as session:
            users = await linked_users(session, self._after, _USERS_AT_ONCE)
        restored = 0
        for user in users:
            if await self._is_lost(user):
                restored += await self._transactions_of(user.tenant_id).run(restore_account, user.user_id)
        self._after = (users[-1].tenant_id, users[-1].user_id) if len(users) == _USERS_AT_ONCE else START
        return restored

    async def _is_lost(self, user: LinkedUser) -> bool:
        if await self._provider.get(user.keycloak_id) is not None:
            return False
        return await self._provider.find(user.user_id) is None
