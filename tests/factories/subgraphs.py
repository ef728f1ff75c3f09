"""Drives one subgraph as the router would: documents in, answers out, by role and tenant."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from kernel.database import Database
from kernel.graphql import RequestContext, Subgraph, SubgraphSchema
from kernel.identity import Principal
from kernel.ids import uuid7
from kernel.subgraph import GraphQLRequest
from tests.factories.tokens import TokenFactory


class SubgraphClient:
    """Calls a subgraph in process with real tokens."""

    def __init__(self, subgraph: Subgraph, tokens: TokenFactory, tenant_id: UUID | None = None) -> None:
        self.subgraph = subgraph
        self.tokens = tokens
        self.tenant_id = tenant_id or uuid7()

    def for_tenant(self, tenant_id: UUID) -> "SubgraphClient":
        return SubgraphClient(self.subgraph, self.tokens, tenant_id)

    async def answer(
        self, document: str, variables: Mapping[str, Any] | None = None, *, role: str = "tenant_owner"
    ) -> dict[str, Any]:
        """`{"data", "errors"}`; several roles stand apart by blanks."""
        headers = self.tokens.headers(self.tenant_id, *role.split()) if role else {}
        return await self.subgraph.execute(GraphQLRequest(document, variables), headers)

    async def data(
        self, document: str, variables: Mapping[str, Any] | None = None, *, role: str = "tenant_owner"
    ) -> dict[str, Any]:
        """The data; fails on any error."""
        answer = await self.answer(document, variables, role=role)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


def client_of(
    name: str,
    schema: SubgraphSchema,
    database: Database,
    context: Callable[[Database, Principal | None], RequestContext] = RequestContext,
    **options: bool,
) -> SubgraphClient:
    tokens = TokenFactory()
    verifier = tokens.verifier()
    subgraph = Subgraph(name, schema, database=database, verifier=verifier, context=context, **options)
    return SubgraphClient(subgraph, tokens)
