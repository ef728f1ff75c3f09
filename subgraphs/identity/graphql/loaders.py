"""Batched reads of one operation."""

from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kernel.graphql import RequestContext
from subgraphs.identity.model import Tenant, User
from subgraphs.identity.repository import tenants_by_id, users_by_id


class IdentityLoaders:
    """`tenant` and `user` by id; None where the tenant has no such row."""

    def __init__(self, context: "RequestContext[IdentityLoaders]") -> None:
        self._context = context
        self.tenant: DataLoader[UUID, Tenant | None] = DataLoader(self._tenants)
        self.user: DataLoader[UUID, User | None] = DataLoader(self._users)

    async def _tenants(self, ids: Sequence[UUID]) -> list[Tenant | None]:
        async with self._context.reading() as session:
            found = {tenant.tenant_id: tenant for tenant in await tenants_by_id(session, ids)}
        return [found.get(tenant_id) for tenant_id in ids]

    async def _users(self, ids: Sequence[UUID]) -> list[User | None]:
        async with self._context.reading() as session:
            found = {user.id: user for user in await users_by_id(session, ids)}
        return [found.get(user_id) for user_id in ids]
