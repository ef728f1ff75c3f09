"""Tenant, User, and the inputs and payloads around them."""

from datetime import datetime
from typing import TypeAlias

import strawberry

from kernel.errors import Refusal
from kernel.graphql import CurrencyCode, Info, UserError, field_path
from kernel.ids import GlobalId, encode_global_id
from subgraphs.identity import model
from subgraphs.identity.errors import IdentityErrorCode
from subgraphs.identity.graphql.loaders import IdentityLoaders

IdentityInfo: TypeAlias = Info[IdentityLoaders]

strawberry.enum(IdentityErrorCode, description="Why identity refused.")


@strawberry.federation.type(keys=["id"], description="A retail company using the platform.")
class Tenant:
    """`Tenant` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    slug: str = strawberry.field(description="Short name, unique on the platform.")
    name: str = strawberry.field(description="Name for people.")
    currency_code: CurrencyCode = strawberry.field(description="Currency of its prices.")
    created_at: datetime = strawberry.field(description="When it joined.")
    version: int = strawberry.field(description="Counts changes.")

    @classmethod
    def of(cls, row: model.Tenant) -> "Tenant":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("Tenant", row.tenant_id)),
            slug=row.slug,
            name=row.name,
            currency_code=CurrencyCode(row.currency),
            created_at=row.created_at,
            version=row.version,
        )

    @classmethod
    async def resolve_reference(cls, info: IdentityInfo, id: strawberry.ID) -> "Tenant | None":  # noqa: A002
        """By id; None when it is not the caller's tenant."""
        row = await info.context.loaders.tenant.load(GlobalId.decode(id, expected_type="Tenant").uuid)
        return cls.of(row) if row is not None else None


@strawberry.federation.type(keys=["id"], description="A principal of the identity provider, known to the tenant.")
class User:
    """`User` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    keycloak_id: str = strawberry.field(description="Subject of the user's tokens.")
    email: str = strawberry.field(description="E-mail address. Personal data.")
    display_name: str = strawberry.field(description="Name for people. Personal data.")
    roles: list[str] = strawberry.field(description="Roles of the realm.")
    is_active: bool = strawberry.field(description="False after deactivation.")
    created_at: datetime = strawberry.field(description="When the tenant came to know the user.")
    version: int = strawberry.field(description="Counts changes.")

    @classmethod
    def of(cls, row: model.User) -> "User":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("User", row.id)),
            keycloak_id=row.keycloak_id,
            email=row.email,
            display_name=row.display_name,
            roles=row.roles,
            is_active=row.is_active,
            created_at=row.created_at,
            version=row.version,
        )

    @classmethod
    async def resolve_reference(cls, info: IdentityInfo, id: strawberry.ID) -> "User | None":  # noqa: A002
        """By id; None when the tenant has no such user."""
        row = await info.context.loaders.user.load(GlobalId.decode(id, expected_type="User").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="The tenant the user belongs to.")
    async def tenant(self, info: IdentityInfo) -> Tenant | None:
        """One batch for all users of the operation."""
        row = await info.context.loaders.tenant.load(info.context.tenant_id)
        return Tenant.of(row) if row is not None else None


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

    tenant: Tenant | None = strawberry.field(default=None, description="The new tenant.")
    user_errors: list[IdentityUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.input(description="A new user of the tenant.")
class UserCreateInput:
    """Input of `userCreate`."""

    keycloak_id: str = strawberry.field(description="Subject of the user's tokens.")
    email: str = strawberry.field(description="E-mail address.")
    display_name: str = strawberry.field(description="Name for people.")
    roles: list[str] = strawberry.field(description="Roles of the realm.")


@strawberry.type(description="Answer of a mutation on one user.")
class UserPayload:
    """The user, or why not."""

    user: User | None = strawberry.field(default=None, description="The user after the change.")
    user_errors: list[IdentityUserError] = strawberry.field(default_factory=list, description="Why it was refused.")
