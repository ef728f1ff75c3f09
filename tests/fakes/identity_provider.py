"""Accounts in memory, behind identity's own port; dies at any call, before or after its effect."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from subgraphs.identity.model import AccountMail
from subgraphs.identity.ports import Account, AccountProfile, AddressTaken, ProviderSilent


class Killed(BaseException):
    """The worker's process ended here."""


@dataclass
class FakeIdentityProvider:
    """`dies_at` is (call, after its effect?) counted from 1; `silent` answers nothing."""

    accounts: dict[str, Account] = field(default_factory=dict)
    held: dict[str, frozenset[str]] = field(default_factory=dict)
    mails: list[tuple[str, AccountMail]] = field(default_factory=list)
    logouts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    dies_at: tuple[int, bool] | None = None
    is_silent: bool = False

    async def find(self, user_id: UUID) -> Account | None:
        self._before("find")
        found = next((one for one in self.accounts.values() if one.user_id == user_id), None)
        self._after()
        return found

    async def get(self, account_id: str) -> Account | None:
        self._before("get")
        self._after()
        return self.accounts.get(account_id)

    async def with_address(self, email: str) -> Account | None:
        self._before("with_address")
        found = next((one for one in self.accounts.values() if one.email == email), None)
        self._after()
        return found

    async def page(self, first: int, most: int) -> list[Account]:
        self._before("page")
        self._after()
        return list(self.accounts.values())[first : first + most]

    async def create(self, profile: AccountProfile) -> str:
        self._before("create")
        self._require_free(profile.email, None)
        account_id = str(uuid4())
        self.accounts[account_id] = account_of(account_id, profile)
        self._after()
        return account_id

    async def update(self, account_id: str, profile: AccountProfile) -> None:
        self._before("update")
        self._require_free(profile.email, account_id)
        self.accounts[account_id] = account_of(account_id, profile)
        self._after()

    async def roles(self, account_id: str) -> frozenset[str]:
        self._before("roles")
        self._after()
        return self.held.get(account_id, frozenset())

    async def change_roles(self, account_id: str, *, given: frozenset[str], taken: frozenset[str]) -> None:
        self._before("change_roles")
        self.held[account_id] = self.held.get(account_id, frozenset()) - taken | given
        self._after()

    async def end_sessions(self, account_id: str) -> None:
        self._before("end_sessions")
        self.logouts.append(account_id)
        self._after()

    async def send_mail(self, account_id: str, mail: AccountMail) -> None:
        self._before("send_mail")
        self.mails.append((account_id, mail))
        self._after()

    def _require_free(self, email: str, account_id: str | None) -> None:
        if any(one.email == email and one.id != account_id for one in self.accounts.values()):
            raise AddressTaken

    def _before(self, call: str) -> None:
        if self.is_silent:
            raise ProviderSilent("HTTP 503")
        self.calls.append(call)
        if self.dies_at == (len(self.calls), False):
            raise Killed

    def _after(self) -> None:
        if self.dies_at == (len(self.calls), True):
            raise Killed


def account_of(account_id: str, profile: AccountProfile) -> Account:
    return Account(
        id=account_id,
        tenant_id=profile.tenant_id,
        user_id=profile.user_id,
        email=profile.email,
        first_name=profile.first_name,
        last_name=profile.last_name,
        store_ids=profile.store_ids,
        is_enabled=profile.is_enabled,
        memberships=profile.memberships,
        tenants=profile.tenants,
    )


def without_user(account: Account) -> Account:
    """As made by hand at the provider: it does not carry our id."""
    return replace(account, user_id=None)
