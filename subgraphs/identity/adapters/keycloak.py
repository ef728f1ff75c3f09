"""Keycloak's administration API over python-keycloak, as the service client `user-sync`."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final, Protocol, TypeAlias, TypeVar, cast
from uuid import UUID

import httpx
from keycloak import KeycloakAdmin, KeycloakOpenIDConnection
from keycloak.exceptions import KeycloakError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter
from pydantic.alias_generators import to_camel

from kernel.membership import SLOTS
from kernel.settings import CommonSettings
from subgraphs.identity.model import AccountMail
from subgraphs.identity.ports import (
    Account,
    AccountProfile,
    AddressTaken,
    EnterableTenant,
    Membership,
    ProviderSilent,
)

CLIENT_ID: Final = "user-sync"
USER_ID: Final = "retailflow_user_id"
_CALL_SECONDS: Final = 10
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
#: the mails' links live as long as `actionTokenGeneratedByAdminLifespan` of the realm says
_ACTIONS: Final = {
    AccountMail.INVITATION: ["VERIFY_EMAIL", "UPDATE_PASSWORD"],
    AccountMail.PASSWORD_RESET: ["UPDATE_PASSWORD"],
    AccountMail.MEMBERSHIP: ["VERIFY_EMAIL"],
}
_Representation: TypeAlias = dict[str, object]

ValueT = TypeVar("ValueT")


class KeycloakSettings(CommonSettings):
    """RETAILFLOW_KEYCLOAK_URL, the server's address for services; RETAILFLOW_USER_SYNC_SECRET; the realm's name."""

    keycloak_url: str
    user_sync_secret: SecretStr
    keycloak_realm: str = "retailflow"


class _User(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    id: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    enabled: bool = False
    attributes: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])

    def account(self) -> Account:
        """What administrators may have written by hand and nobody can read is not there: it is written anew."""
        return Account(
            id=self.id,
            tenant_id=_uuid(self.attributes.get("tenant_id")),
            user_id=_uuid(self.attributes.get(USER_ID)),
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            store_ids=_uuids(self.attributes.get("store_ids", ())),
            is_enabled=self.enabled,
            memberships=_present(_membership(slot, self.attributes.get(f"membership_{slot}", [])) for slot in SLOTS),
            tenants=_present(_enterable(text) for text in sorted(self.attributes.get("tenants", ()))),
        )


class _Role(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str


_USERS: Final[TypeAdapter[list[_User]]] = TypeAdapter(list[_User])
_ROLES: Final[TypeAdapter[list[_Role]]] = TypeAdapter(list[_Role])


class _Administration(Protocol):
    """What is used of `KeycloakAdmin`, whose own types leave the contents open."""

    connection: KeycloakOpenIDConnection

    async def a_get_users(self, query: _Representation) -> list[object]: ...

    async def a_get_user(self, user_id: str) -> object: ...

    async def a_create_user(self, payload: _Representation, *, exist_ok: bool) -> str: ...

    async def a_update_user(self, user_id: str, payload: _Representation) -> object: ...

    async def a_get_realm_roles_of_user(self, user_id: str) -> list[object]: ...

    async def a_get_available_realm_roles_of_user(self, user_id: str) -> list[object]: ...

    async def a_assign_realm_roles(self, user_id: str, roles: list[_Representation]) -> object: ...

    async def a_delete_realm_roles_of_user(self, user_id: str, roles: list[_Representation]) -> object: ...

    async def a_user_logout(self, user_id: str) -> object: ...

    async def a_send_update_account(self, user_id: str, payload: list[str]) -> object: ...


class Keycloak:
    """Implements `ports.IdentityProvider`. Accounts carry our user's id, as an attribute for administrators only."""

    def __init__(self, settings: KeycloakSettings) -> None:
        connection = KeycloakOpenIDConnection(
            server_url=settings.keycloak_url,
            realm_name=settings.keycloak_realm,
            client_id=CLIENT_ID,
            client_secret_key=settings.user_sync_secret.get_secret_value(),
            grant_type="client_credentials",
            timeout=_CALL_SECONDS,
        )
        self._admin = cast("_Administration", KeycloakAdmin(connection=connection))

    async def find(self, user_id: UUID) -> Account | None:
        """By the attribute that carries our id."""
        async with _answered():
            found = _USERS.validate_python(await self._admin.a_get_users({"q": f"{USER_ID}:{user_id}", "max": 2}))
        return found[0].account() if found else None

    async def get(self, account_id: str) -> Account | None:
        """By Keycloak's id."""
        try:
            async with _answered():
                return _User.model_validate(await self._admin.a_get_user(account_id)).account()
        except _NotFound:
            return None

    async def with_address(self, email: str) -> Account | None:
        """By the whole address; Keycloak keeps it in lower case."""
        async with _answered():
            found = _USERS.validate_python(await self._admin.a_get_users({"email": email, "exact": True, "max": 2}))
        return found[0].account() if found else None

    async def page(self, first: int, most: int) -> list[Account]:
        """By user name; accounts of service clients are not among them."""
        async with _answered():
            users = await self._admin.a_get_users({"first": first, "max": most})
            return [user.account() for user in _USERS.validate_python(users)]

    async def create(self, profile: AccountProfile) -> str:
        """Without credentials: the invitation has the person choose a password."""
        async with _answered():
            return await self._admin.a_create_user(_representation(profile), exist_ok=False)

    async def update(self, account_id: str, profile: AccountProfile) -> None:
        """Attributes we do not know are left out, and Keycloak forgets them: the realm declares all there are."""
        async with _answered():
            await self._admin.a_update_user(account_id, _representation(profile))

    async def roles(self, account_id: str) -> frozenset[str]:
        """Realm roles given directly."""
        async with _answered():
            roles = _ROLES.validate_python(await self._admin.a_get_realm_roles_of_user(account_id))
        return frozenset(role.name for role in roles)

    async def change_roles(self, account_id: str, *, given: frozenset[str], taken: frozenset[str]) -> None:
        """Gives first, so that a person in between has too much for a moment rather than nothing."""
        async with _answered():
            offered = _ROLES.validate_python(await self._admin.a_get_available_realm_roles_of_user(account_id))
            if lacking := _named(offered, given):
                await self._admin.a_assign_realm_roles(account_id, lacking)
            held = _ROLES.validate_python(await self._admin.a_get_realm_roles_of_user(account_id))
            if superfluous := _named(held, taken):
                await self._admin.a_delete_realm_roles_of_user(account_id, superfluous)

    async def end_sessions(self, account_id: str) -> None:
        """Clients hear of it by backchannel logout."""
        async with _answered():
            await self._admin.a_user_logout(account_id)

    async def send_mail(self, account_id: str, mail: AccountMail) -> None:
        """Keycloak's own mail, with a link that is good once."""
        async with _answered():
            await self._admin.a_send_update_account(account_id, _ACTIONS[mail])

    async def close(self) -> None:
        """Close the connections, and those that fetched tokens."""
        await self._admin.connection.aclose()
        await self._admin.connection.keycloak_openid.connection.aclose()


class _NotFound(Exception):
    pass


@asynccontextmanager
async def _answered() -> AsyncGenerator[None]:
    """Translates what can go wrong on the way into what the port promises."""
    try:
        yield
    except KeycloakError as error:
        if error.response_code == _CONFLICT:
            raise AddressTaken from None
        if error.response_code == _NOT_FOUND:
            raise _NotFound from None
        raise ProviderSilent(f"HTTP {error.response_code}") from None
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderSilent(type(error).__name__) from None


def _representation(profile: AccountProfile) -> _Representation:
    attributes: dict[str, list[str]] = {USER_ID: [str(profile.user_id)]}
    if profile.tenant_id is not None:
        attributes["tenant_id"] = [str(profile.tenant_id)]
    for one in profile.memberships:
        roles, stores = [f"role:{role}" for role in one.roles], [f"store:{store}" for store in one.store_ids]
        attributes[f"membership_{one.slot}"] = [f"tenant:{one.tenant_id}", *roles, *stores]
    if profile.tenants:
        attributes["tenants"] = [f"{one.slot} {one.tenant_id} {one.name}" for one in profile.tenants]
    if profile.store_ids:
        attributes["store_ids"] = [str(store) for store in profile.store_ids]
    return {
        "username": profile.email,
        "email": profile.email,
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "enabled": profile.is_enabled,
        "attributes": attributes,
    }


def _named(roles: list[_Role], names: frozenset[str]) -> list[_Representation]:
    return [role.model_dump() for role in roles if role.name in names]


def _membership(slot: int, texts: list[str]) -> Membership | None:
    said = [text.partition(":") for text in texts]
    tenants = _uuids(value for kind, _, value in said if kind == "tenant")
    if len(tenants) != 1:
        return None
    return Membership(
        slot=slot,
        tenant_id=tenants[0],
        roles=tuple(sorted(value for kind, _, value in said if kind == "role")),
        store_ids=_uuids(value for kind, _, value in said if kind == "store"),
    )


def _enterable(text: str) -> EnterableTenant | None:
    slot, _, rest = text.partition(" ")
    tenant_id, _, name = rest.partition(" ")
    tenant = _uuid([tenant_id])
    return EnterableTenant(int(slot), tenant, name) if tenant is not None and slot.isdecimal() and name else None


def _present(values: Iterable[ValueT | None]) -> tuple[ValueT, ...]:
    return tuple(value for value in values if value is not None)


def _uuids(texts: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(sorted(_present(_uuid([text]) for text in texts)))


def _uuid(values: list[str] | None) -> UUID | None:
    try:
        return UUID(values[0]) if values else None
    except ValueError:
        return None
