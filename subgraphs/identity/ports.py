"""What identity needs from outside: the identity provider's accounts."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from subgraphs.identity.model import AccountMail


class ProviderSilent(Exception):
    """The identity provider did not answer, or not in a way that tells what it did."""


class AddressTaken(Exception):
    """Another account of the identity provider has this e-mail address."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What the account's person is in a tenant beside the first."""

    slot: int
    tenant_id: UUID
    roles: tuple[str, ...]
    store_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class EnterableTenant:
    """A tenant the person may enter; slot 0 is the first."""

    slot: int
    tenant_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class AccountProfile:
    """What an account says about its user. `email` is the user name too.

    `tenant_id` is None while the person may not enter the first tenant, but others. `tenants` are listed where there is
    more to choose from than the first.
    """

    user_id: UUID
    tenant_id: UUID | None
    email: str
    first_name: str
    last_name: str
    store_ids: tuple[UUID, ...]
    is_enabled: bool
    memberships: tuple[Membership, ...] = ()
    tenants: tuple[EnterableTenant, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the provider tells it; what it does not know is None."""

    id: str
    tenant_id: UUID | None
    user_id: UUID | None
    email: str
    first_name: str
    last_name: str
    store_ids: tuple[UUID, ...]
    is_enabled: bool
    memberships: tuple[Membership, ...] = ()
    tenants: tuple[EnterableTenant, ...] = ()


class IdentityProvider(Protocol):
    """Administers accounts. Every method raises ProviderSilent when there is no clear answer; all may be repeated."""

    async def find(self, user_id: UUID) -> Account | None:
        """The account that carries our user's id."""
        ...

    async def get(self, account_id: str) -> Account | None:
        """The account with the provider's own id."""
        ...

    async def with_address(self, email: str) -> Account | None:
        """The account that has this e-mail address."""
        ...

    async def page(self, first: int, most: int) -> list[Account]:
        """Up to `most` accounts of people, from number `first` on, in an order that holds while nothing changes."""
        ...

    async def create(self, profile: AccountProfile) -> str:
        """A new account without a password; its id.

        Raises:
            AddressTaken: there is an account with this address.
        """
        ...

    async def update(self, account_id: str, profile: AccountProfile) -> None:
        """Make the account say what `profile` says.

        Raises:
            AddressTaken: another account has this address.
        """
        ...

    async def roles(self, account_id: str) -> frozenset[str]:
        """The realm's roles the account has."""
        ...

    async def change_roles(self, account_id: str, *, given: frozenset[str], taken: frozenset[str]) -> None:
        """Give and take roles."""
        ...

    async def end_sessions(self, account_id: str) -> None:
        """Sign the person out everywhere."""
        ...

    async def send_mail(self, account_id: str, mail: AccountMail) -> None:
        """Write to the person."""
        ...
