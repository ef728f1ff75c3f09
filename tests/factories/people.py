"""A tenant's people over the graph, and the worker that keeps their accounts in step."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.database import Database
from kernel.ids import GlobalId, encode_global_id
from kernel.tenant_transactions import transactions_of_worker
from subgraphs.identity.graphql.schema import build_schema
from subgraphs.identity.ports import IdentityProvider
from subgraphs.identity.use_cases.sweep_accounts import AccountSweep
from subgraphs.identity.use_cases.work_account_tasks import AccountTasks
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.subgraphs import SubgraphClient, client_of

_PAYLOAD = "{ user { id keycloakId email roles storeIds isActive accountState } userErrors { field code } }"
_DOCUMENTS: Mapping[str, str] = {
    "userInvite": f"mutation($input: UserInviteInput!) {{ userInvite(input: $input) {_PAYLOAD} }}",
    "userCreate": f"mutation($input: UserCreateInput!) {{ userCreate(input: $input) {_PAYLOAD} }}",
    "userDeactivate": f"mutation($id: ID!) {{ userDeactivate(id: $id) {_PAYLOAD} }}",
    "userReactivate": f"mutation($id: ID!) {{ userReactivate(id: $id) {_PAYLOAD} }}",
    "userRolesAssign": f"""mutation($id: ID!, $roles: [String!]!) {{
      userRolesAssign(id: $id, roles: $roles) {_PAYLOAD} }}""",
    "userStoresAssign": f"""mutation($id: ID!, $storeIds: [ID!]!) {{
      userStoresAssign(id: $id, storeIds: $storeIds) {_PAYLOAD} }}""",
    "userPasswordResetSend": f"mutation($id: ID!) {{ userPasswordResetSend(id: $id) {_PAYLOAD} }}",
}
_TENANT = """mutation($slug: String!) {
  tenantCreate(input: {slug: $slug, name: "Shop", currencyCode: "GBP"}) { userErrors { code } } }"""
_DUE = text("""UPDATE identity.account_task SET lease_until = NULL,
  next_run_at = CASE WHEN tenant_id = :own THEN now() ELSE 'infinity' END""")
USER = "query($id: ID!) { user(id: $id) { keycloakId email roles storeIds isActive accountState } }"


@dataclass
class People:
    """One tenant. `provider` may be exchanged between two rounds of the worker, as after a crash."""

    client: SubgraphClient
    serving: Database
    crossing: Database
    provider: IdentityProvider

    def for_tenant(self, tenant_id: UUID) -> "People":
        """Another tenant's people with the same provider."""
        return replace(self, client=self.client.for_tenant(tenant_id))

    async def do(self, name: str, role: str = "tenant_owner", **variables: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        return (await self.client.data(_DOCUMENTS[name], variables, role=role))[name]

    async def create_tenant(self) -> None:
        await self.client.data(_TENANT, {"slug": f"shop-{self.client.tenant_id}"}, role="platform_admin")

    async def invite(self, role: str = "tenant_owner", **changes: Any) -> dict[str, Any]:
        given = {"email": "ada@example.test", "displayName": "Ada Lovelace", "roles": ["cashier"], "storeIds": []}
        return await self.do("userInvite", role, input=given | changes)

    async def invited(self, **changes: Any) -> str:
        """The id of a newly invited user."""
        payload = await self.invite(**changes)
        assert payload["userErrors"] == []
        return payload["user"]["id"]

    async def user(self, user_id: str) -> dict[str, Any]:
        return (await self.client.data(USER, {"id": user_id}))["user"]

    async def work(self) -> int:
        """One round of the worker for this tenant; a crashed one's lease has ended."""
        async with self.crossing.across_tenants() as session:
            await session.execute(_DUE, {"own": self.client.tenant_id})
        return await self._tasks().run_due()

    async def run_sql(self, statement: str) -> list[tuple[Any, ...]]:
        async with behind_the_api(self.serving, self.client.tenant_id) as session:
            result = await session.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    async def events(self) -> list[str]:
        return [row[0] for row in await self.run_sql("SELECT subject FROM outbox ORDER BY seq")]

    def sweep(self) -> AccountSweep:
        """Over the users of all tenants, and all accounts."""
        return AccountSweep(self.crossing, transactions_of_worker(self.serving, "account_sync"), self.provider)

    def _tasks(self) -> AccountTasks:
        return AccountTasks(self.crossing, transactions_of_worker(self.serving, "account_sync"), self.provider)


@asynccontextmanager
async def people_of(provisioned: ProvisionedDatabase, provider: IdentityProvider) -> AsyncIterator[People]:
    """A new tenant's people."""
    serving, crossing = provisioned.connect("identity_app"), provisioned.connect("identity_worker")
    client = client_of("identity", build_schema(), serving)
    try:
        yield People(client, serving, crossing, provider)
    finally:
        await serving.close()
        await crossing.close()


def store(number: int) -> str:
    return encode_global_id("Store", UUID(int=number))


def uuid_of(global_id: str) -> UUID:
    return GlobalId.decode(global_id, expected_type="User").uuid
