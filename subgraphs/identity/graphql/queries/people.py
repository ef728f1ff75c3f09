"""Root fields of tenants and users."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, connection_of, find
from kernel.graphql.execution import load_one, selected_columns
from subgraphs.identity.graphql.loaders import load_tenants, load_users
from subgraphs.identity.graphql.types.people import IdentityInfo, Tenant, User
from subgraphs.identity.repository.people import count_users, user_by_keycloak_id, users_page


@strawberry.type
class PeopleQuery:
    """Who is there."""

    @strawberry.federation.field(description="The signed-in user, if the tenant knows it.")
    async def me(self, info: IdentityInfo) -> User | None:
        """By the token's subject."""
        principal = info.context.principal
        if principal is None or principal.tenant_id is None:
            return None
        row = await user_by_keycloak_id(info.context.reader, principal.subject, selected_columns(info))
        return User(row=row) if row is not None else None

    @strawberry.federation.field(description="The caller's tenant.", authenticated=True)
    async def tenant(self, info: IdentityInfo) -> Tenant | None:
        """From the token, never from an argument (C-22)."""
        row = await load_one(load_tenants, info.context.tenant_id, info, arguments=None)
        return Tenant(row=row) if row is not None else None

    user = find(User, load_users, scope="identity:read", description="A user of the tenant. Scope: identity:read.")

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
        info.context.require("identity:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await users_page(reader, selected_columns(info), arguments)
        return connection_of(page, lambda row: User(row=row), count=lambda: count_users(reader))
