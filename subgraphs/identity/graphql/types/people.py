"""Tenant, User, and the inputs and payloads around them."""

from datetime import datetime
from typing import ClassVar, TypeAlias

import strawberry

from kernel.errors import Refusal
from kernel.graphql import (
    CurrencyCode,
    RequestContext,
    UserError,
    Written,
    field_path,
    global_id,
    id_of,
    reference,
    user_errors,
)
from kernel.graphql.execution import column, computed, relation
from kernel.ids import encode_global_id
from subgraphs.identity.errors import IdentityErrorCode
from subgraphs.identity.graphql.loaders import load_tenants, load_users, load_users_for_staff
from subgraphs.identity.model import AccountState
from subgraphs.identity.repository.people import TenantRow, UserRow

IdentityInfo: TypeAlias = strawberry.Info[RequestContext, None]

strawberry.enum(
    AccountState,
    description="PENDING follows soon; REFUSED: the identity provider has another account with this address.",
)
strawberry.enum(IdentityErrorCode, description="Why identity refused.")


@strawberry.federation.type(keys=["id"], description="A retail company using the platform.")
class Tenant:
    """`Tenant` of the graph."""

    row: strawberry.Private[TenantRow]
    references: ClassVar = (reference("id", load_tenants, parse=id_of("Tenant"), to=lambda row: Tenant(row=row)),)

    id: strawberry.ID = global_id("Tenant", "tenant_id")
    slug: str = column(description="Short name, unique on the platform.")
    name: str = column(description="Name for people.")
    currency_code: CurrencyCode = column("currency", description="Currency of its prices.")
    created_at: datetime = column(description="When it joined.")
    version: int = column(description="Counts changes.")


@strawberry.federation.type(keys=["id"], description="A principal of the identity provider, known to the tenant.")
class User:
    """`User` of the graph."""

    row: strawberry.Private[UserRow]
    references: ClassVar = (reference("id", load_users_for_staff, parse=id_of("User"), to=lambda row: User(row=row)),)

    id: strawberry.ID = global_id("User")
    keycloak_id: str | None = column(
        description="Subject of the user's tokens; null until the identity provider knows the user."
    )
    email: str = column(description="E-mail address. Personal data.")
    display_name: str = column(description="Name for people. Personal data.")
    roles: list[str] = column(description="Roles of the realm.")
    store_ids: list[strawberry.ID] = computed(
        lambda row: [strawberry.ID(encode_global_id("Store", store)) for store in row.store_ids],
        reads=("store_ids",),
        description="Stores the user works in.",
    )
    is_active: bool = column(description="False after deactivation.")
    account_state: AccountState = column(description="Whether the identity provider has followed.")
    created_at: datetime = column(description="When the tenant came to know the user.")
    version: int = column(description="Counts changes.")
    tenant: Tenant | None = relation(
        load_tenants, key="tenant_id", to=lambda row: Tenant(row=row), description="The tenant the user belongs to."
    )


@strawberry.type(description="Why a mutation of identity was refused.")
class IdentityUserError(UserError):
    """With the typed code."""

    code: IdentityErrorCode = strawberry.field(description="The contract.")

    @classmethod
    def of(cls, refusal: Refusal) -> "IdentityUserError":
        """The graph's form of a refusal."""
        return cls(field=field_path(refusal), message=refusal.message, code=IdentityErrorCode(refusal.code))


@strawberry.input(description="A new tenant.")
class TenantCreateInput:
    """Input of `tenantCreate`."""

    slug: str = strawberry.field(description="Lower-case letters, digits and dashes.")
    name: str = strawberry.field(description="Name for people.")
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217 code.")


@strawberry.type(description="Answer of tenantCreate.")
class TenantCreatePayload:
    """The tenant, or why not."""

    row: strawberry.Private[Written]

    tenant: Tenant | None = relation(
        load_tenants, key="key", to=lambda row: Tenant(row=row), description="The new tenant."
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)


@strawberry.input(description="A new user of the tenant.")
class UserCreateInput:
    """Input of `userCreate`."""

    keycloak_id: str = strawberry.field(description="Subject of the user's tokens.")
    email: str = strawberry.field(description="E-mail address.")
    display_name: str = strawberry.field(description="Name for people.")
    roles: list[str] = strawberry.field(description="Roles of the realm.")
    store_ids: list[strawberry.ID] = strawberry.field(
        description="Stores the user works in.", default_factory=list[strawberry.ID]
    )


@strawberry.input(description="Somebody to invite.")
class UserInviteInput:
    """Input of `userInvite`."""

    email: str = strawberry.field(description="E-mail address; the invitation goes there, and it is the user name.")
    display_name: str = strawberry.field(description="Name for people.")
    roles: list[str] = strawberry.field(description="Roles of the realm; none above the caller's.")
    store_ids: list[strawberry.ID] = strawberry.field(
        description="Stores the user works in.", default_factory=list[strawberry.ID]
    )


@strawberry.type(description="Answer of a mutation on one user.")
class UserPayload:
    """The user, or why not."""

    row: strawberry.Private[Written]

    user: User | None = relation(
        load_users, key="key", to=lambda row: User(row=row), description="The user after the change."
    )
    user_errors: list[IdentityUserError] = user_errors(IdentityUserError.of)
