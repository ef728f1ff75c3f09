"""Mutations of tenants and users: authorize, translate, run one use case, translate back."""

import strawberry

from kernel.errors import Refusal
from kernel.graphql import Written
from kernel.ids import GlobalId
from subgraphs.identity.graphql.types.people import (
    IdentityInfo,
    TenantCreateInput,
    TenantCreatePayload,
    UserCreateInput,
    UserPayload,
)
from subgraphs.identity.use_cases.create_tenant import CreateTenant, create_tenant
from subgraphs.identity.use_cases.create_user import CreateUser, create_user
from subgraphs.identity.use_cases.deactivate_user import DeactivateUser, deactivate_user


@strawberry.type
class PeopleMutation:
    """What can be done to tenants and users."""

    @strawberry.federation.mutation(
        description="Creates the tenant the caller acts for. Scope: platform:manage.",
        requires_scopes=[["platform:manage"]],
    )
    async def tenant_create(self, info: IdentityInfo, input: TenantCreateInput) -> TenantCreatePayload:  # noqa: A002
        """A platform admin names the new tenant's id in the tenant header."""
        info.context.require("platform:manage")
        command = CreateTenant(slug=input.slug, name=input.name, currency=input.currency_code)
        try:
            tenant_id = await info.context.run(create_tenant, command)
        except Refusal as refusal:
            return TenantCreatePayload(row=Written.refused(refusal))
        return TenantCreatePayload(row=Written(tenant_id))

    @strawberry.federation.mutation(
        description="Makes a principal known to the tenant. Scope: identity:manage.",
        requires_scopes=[["identity:manage"]],
    )
    async def user_create(self, info: IdentityInfo, input: UserCreateInput) -> UserPayload:  # noqa: A002
        """The identity provider already has the principal."""
        info.context.require("identity:manage")
        command = CreateUser(input.keycloak_id, input.email, input.display_name, tuple(input.roles))
        try:
            user_id = await info.context.run(create_user, command)
        except Refusal as refusal:
            return UserPayload(row=Written.refused(refusal))
        return UserPayload(row=Written(user_id))

    @strawberry.federation.mutation(
        description="Deactivates a user. Scope: identity:manage.", requires_scopes=[["identity:manage"]]
    )
    async def user_deactivate(self, info: IdentityInfo, id: strawberry.ID) -> UserPayload:  # noqa: A002
        """Deactivating twice is one deactivation."""
        info.context.require("identity:manage")
        command = DeactivateUser(GlobalId.decode(id, expected_type="User").uuid)
        try:
            user_id = await info.context.run(deactivate_user, command)
        except Refusal as refusal:
            return UserPayload(row=Written.refused(refusal))
        return UserPayload(row=Written(user_id))
