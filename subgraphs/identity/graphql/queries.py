"""Root fields of identity."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, read_connection
from kernel.ids import GlobalId
from subgraphs.identity.graphql.types import IdentityInfo, Tenant, User
from subgraphs.identity.repository import count_users, user_by_keycloak_id, users_page


@strawberry.type
class Query:
    """What identity answers."""

    @strawberry.federation.field(description="The signed-in user, if the tenant knows it.")
    async def me(self, info: IdentityInfo) -> User | None:
        """By the token's subject."""
        principal = info.context.principal
        if principal is None or principal.tenant_id is None:
            return None
        async with info.context.reading() as session:
            row = await user_by_keycloak_id(session, principal.subject)
        return User.of(row) if row is not None else None

    @strawberry.federation.field(description="The caller's tenant.")
    async def tenant(self, info: IdentityInfo) -> Tenant | None:
        """From the token, never from an argument (C-22)."""
        row = await info.context.loaders.tenant.load(info.context.tenant_id)
        return Tenant.of(row) if row is not None else None

    @strawberry.federation.field(
        description="A user of the tenant. Scope: identity:read.", requires_scopes=[["identity:read"]]
    )
    async def user(self, info: IdentityInfo, id: strawberry.ID) -> User | None:  # noqa: A002
        """By global id."""
        info.context.require("identity:read")
        row = await info.context.loaders.user.load(GlobalId.decode(id, expected_type="User").uuid)
        return User.of(row) if row is not None else None

    @strawberry.federation.field(
        description="The tenant's users, oldest first. Scope: identity:read.", requires_scopes=[["identity:read"]]
    )
    async def users(
        self,
        info: IdentityInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[User]:
        """One page: one statement, and one more when totalCount is selected."""
        context = info.context
        context.require("identity:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context, lambda session: users_page(session, arguments), User.of, count=count_users
        )
