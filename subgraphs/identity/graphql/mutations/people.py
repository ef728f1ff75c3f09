"""Mutations of tenants and users: authorize, translate, run one use case, translate back."""

from typing import Final, TypeVar
from uuid import UUID

import strawberry

from kernel.graphql import written
from kernel.ids import GlobalId
from kernel.tenant_transactions import UseCase
from subgraphs.identity.graphql.types.people import (
    IdentityInfo,
    TenantCreateInput,
    TenantCreatePayload,
    UserCreateInput,
    UserInviteInput,
    UserPayload,
)
from subgraphs.identity.use_cases.assign_roles import AssignRoles, assign_roles
from subgraphs.identity.use_cases.assign_stores import AssignStores, assign_stores
from subgraphs.identity.use_cases.create_tenant import CreateTenant, create_tenant
from subgraphs.identity.use_cases.create_user import CreateUser, create_user
from subgraphs.identity.use_cases.deactivate_user import DeactivateUser, deactivate_user
from subgraphs.identity.use_cases.invite_user import InviteUser, invite_user
from subgraphs.identity.use_cases.reactivate_user import ReactivateUser, reactivate_user
from subgraphs.identity.use_cases.send_password_reset import SendPasswordReset, send_password_reset

CommandT = TypeVar("CommandT")
_MANAGE: Final = [["identity:manage"]]


@strawberry.type
class PeopleMutation:
    """What can be done to tenants and users."""

    @strawberry.federation.mutation(
        description="Creates the tenant the caller acts for. Scope: platform:manage, with a second factor.",
        requires_scopes=[["platform:manage"]],
    )
    async def tenant_create(self, info: IdentityInfo, input: TenantCreateInput) -> TenantCreatePayload:  # noqa: A002
        """A platform admin names the new tenant's id in the tenant header."""
        info.context.require("platform:manage")
        command = CreateTenant(slug=input.slug, name=input.name, currency=input.currency_code)
        return TenantCreatePayload(row=await written(info.context.run(create_tenant, command)))

    @strawberry.federation.mutation(
        description="Makes a principal known to the tenant. Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_create(self, info: IdentityInfo, input: UserCreateInput) -> UserPayload:  # noqa: A002
        """The identity provider already has the principal."""
        stores = _stores(input.store_ids, "input")
        command = CreateUser(input.keycloak_id, input.email, input.display_name, tuple(input.roles), stores)
        return await _on_user(info, create_user, command)

    @strawberry.federation.mutation(
        description="Invites somebody: the identity provider makes an account and writes to them. Roles above the "
        "caller's are refused. Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_invite(self, info: IdentityInfo, input: UserInviteInput) -> UserPayload:  # noqa: A002
        """The account follows within seconds; the user's accountState tells."""
        command = InviteUser(input.email, input.display_name, tuple(input.roles), _stores(input.store_ids, "input"))
        return await _on_user(info, invite_user, command)

    @strawberry.federation.mutation(
        description="Deactivates a user and ends their sessions. Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_deactivate(self, info: IdentityInfo, id: strawberry.ID) -> UserPayload:  # noqa: A002
        """Deactivating twice is one deactivation."""
        return await _on_user(info, deactivate_user, DeactivateUser(_user_id(id)))

    @strawberry.federation.mutation(
        description="Lets a deactivated user sign in again. Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_reactivate(self, info: IdentityInfo, id: strawberry.ID) -> UserPayload:  # noqa: A002
        """An active user stays as it is."""
        return await _on_user(info, reactivate_user, ReactivateUser(_user_id(id)))

    @strawberry.federation.mutation(
        description="Replaces a user's roles; none above the caller's are given or taken. "
        "Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_roles_assign(self, info: IdentityInfo, id: strawberry.ID, roles: list[str]) -> UserPayload:  # noqa: A002
        """They count with the user's next token, at most five minutes later."""
        return await _on_user(info, assign_roles, AssignRoles(_user_id(id), tuple(roles)))

    @strawberry.federation.mutation(
        description="Replaces the stores a user works in. Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_stores_assign(
        self,
        info: IdentityInfo,
        id: strawberry.ID,  # noqa: A002
        store_ids: list[strawberry.ID],
    ) -> UserPayload:
        """They count with the user's next token, at most five minutes later."""
        return await _on_user(info, assign_stores, AssignStores(_user_id(id), _stores(store_ids)))

    @strawberry.federation.mutation(
        description="Has the identity provider write to a user, to choose a new password. "
        "Scope: identity:manage, with a second factor.",
        requires_scopes=_MANAGE,
    )
    async def user_password_reset_send(self, info: IdentityInfo, id: strawberry.ID) -> UserPayload:  # noqa: A002
        """Sessions live on; who never followed the invitation is invited again."""
        return await _on_user(info, send_password_reset, SendPasswordReset(_user_id(id)))


async def _on_user(info: IdentityInfo, use_case: UseCase[CommandT, UUID], command: CommandT) -> UserPayload:
    info.context.require("identity:manage")
    return UserPayload(row=await written(info.context.run(use_case, command)))


def _user_id(text: strawberry.ID) -> UUID:
    return GlobalId.decode(text, expected_type="User").uuid


def _stores(ids: list[strawberry.ID], *path: str) -> tuple[UUID, ...]:
    return tuple(
        GlobalId.decode(store, expected_type="Store", field=(*path, "storeIds", str(at))).uuid
        for at, store in enumerate(ids)
    )
