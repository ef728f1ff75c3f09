"""The realm file as the development provider understands it: clients, users, lifetimes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from cli.development_provider.placeholders import filled

_AUDIENCE_MAPPER = "oidc-audience-mapper"
_OTP_LEVEL = "2"


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Credential(_Part):
    """A password; with a salt, what scrypt makes of it."""

    value: str
    salt: str = ""


class User(_Part):
    """Somebody who can sign in, or the service account of a client."""

    username: str
    id: str = ""
    email: str = ""
    email_verified: bool = False
    enabled: bool = True
    first_name: str = ""
    last_name: str = ""
    attributes: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])
    realm_roles: list[str] = Field(default_factory=list[str])
    credentials: list[Credential] = Field(default_factory=list[Credential])
    service_account_client_id: str | None = None

    @property
    def name(self) -> str:
        """The full name, or the user name."""
        return f"{self.first_name} {self.last_name}".strip() or self.username


class Mapper(_Part):
    """A protocol mapper; only the audience mapper is read, the attributes are always mapped."""

    protocol_mapper: str
    config: dict[str, str]


class ClientScope(_Part):
    """Mappers that several clients share."""

    name: str
    protocol_mappers: list[Mapper] = Field(default_factory=list[Mapper])


class Client(_Part):
    """An application that asks for tokens."""

    client_id: str
    secret: str
    name: str = ""
    enabled: bool = True
    standard_flow_enabled: bool = False
    service_accounts_enabled: bool = False
    redirect_uris: list[str] = Field(default_factory=list[str])
    attributes: dict[str, str] = Field(default_factory=dict[str, str])
    default_client_scopes: list[str] = Field(default_factory=list[str])
    optional_client_scopes: list[str] = Field(default_factory=list[str])

    @property
    def backchannel_logout_url(self) -> str | None:
        """Where the client wants to hear that sessions ended."""
        return self.attributes.get("backchannel.logout.url")

    @property
    def signed_out_uris(self) -> list[str]:
        """Where a browser may go after signing out."""
        return self.attributes.get("post.logout.redirect.uris", "").split("##")


class AuthenticatorConfig(_Part):
    """Settings of a step of a sign-in flow."""

    alias: str
    config: dict[str, str]


class _Role(_Part):
    name: str


class _Roles(_Part):
    realm: list[_Role]


class RealmFile(_Part):
    """The part of a Keycloak realm representation that is read."""

    realm: str
    roles: _Roles
    access_token_lifespan: int = 300
    sso_session_idle_timeout: int = 1800
    sso_session_max_lifespan: int = 36_000
    client_scopes: list[ClientScope]
    authenticator_config: list[AuthenticatorConfig]
    clients: list[Client]
    users: list[User]


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm, indexed."""

    name: str
    roles: frozenset[str]
    access_token_seconds: int
    idle_seconds: int
    max_seconds: int
    otp_seconds: int
    audiences: Mapping[str, str]
    clients: Mapping[str, Client]
    users: Mapping[str, User]

    def audience_of(self, client: Client) -> str:
        """The audience of the client's access tokens."""
        named = (self.audiences[scope] for scope in client.default_client_scopes if scope in self.audiences)
        return next(named, client.client_id)

    def service_account(self, client: Client) -> User | None:
        """The user that stands for a client with a service account."""
        return next((user for user in self.users.values() if user.service_account_client_id == client.client_id), None)

    @property
    def people(self) -> list[User]:
        """Those of the file who can sign in with a password."""
        return [user for user in self.users.values() if user.enabled and user.credentials]


def read_realm(path: Path, values: Mapping[str, str]) -> Realm:
    """The realm of a Keycloak realm file, its placeholders filled from `values`.

    Raises:
        MissingPlaceholder: a value is missing.
        ValueError: not a realm file.
    """
    document: object = orjson.loads(filled(path.read_text("utf-8"), values))
    parsed = RealmFile.model_validate(document)
    return Realm(
        name=parsed.realm,
        roles=frozenset(role.name for role in parsed.roles.realm),
        access_token_seconds=parsed.access_token_lifespan,
        idle_seconds=parsed.sso_session_idle_timeout,
        max_seconds=parsed.sso_session_max_lifespan,
        otp_seconds=_otp_seconds(parsed),
        audiences=_audiences(parsed),
        clients={client.client_id: client for client in parsed.clients if client.enabled},
        users={user.username: user for user in parsed.users},
    )


def _audiences(realm: RealmFile) -> dict[str, str]:
    return {
        scope.name: mapper.config["included.custom.audience"]
        for scope in realm.client_scopes
        for mapper in scope.protocol_mappers
        if mapper.protocol_mapper == _AUDIENCE_MAPPER
    }


def _otp_seconds(realm: RealmFile) -> int:
    """How long a one-time code counts before step-up asks for another."""
    levels = {part.config.get("loa-condition-level"): part.config for part in realm.authenticator_config}
    return int(levels[_OTP_LEVEL]["loa-max-age"])
