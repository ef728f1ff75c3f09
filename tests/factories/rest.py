"""The web BFF with the whole graph behind it: router and subgraphs in this process, on a real database."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bff.session.graphql_proxy import DirectUpstream
from cli.direct_graph import direct_graph
from kernel.errors import Unauthenticated
from kernel.identity import JwksSource, Principal, TokenVerifier
from kernel.ids import uuid7
from router.app import create_router
from router.execution.transport.in_process import InProcessTransport
from router.settings import RouterSettings
from tests.factories.bff import CSRF, OWNER, WEB, Answer, Browser, Journey, journey
from tests.factories.databases import ProvisionedDatabase
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import PROVIDER, WholeGraph, build_contexts, composed

_TENANT = """mutation($slug: String!) {
  tenantCreate(input: {slug: $slug, name: "Rest", currencyCode: "GBP"}) { userErrors { code message } } }"""
_USER = "mutation($input: UserCreateInput!) { userCreate(input: $input) { userErrors { code message } } }"
_LOCATION = """mutation { stockLocationCreate(input: {code: "MAIN", name: "Main", kind: WAREHOUSE}) {
  location { id } userErrors { code message } } }"""


class _Verifiers:
    """Believes the factory's tokens and, once it is known, the development provider's."""

    def __init__(self, *verifiers: TokenVerifier) -> None:
        self.verifiers = list(verifiers)

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        *others, last = self.verifiers
        for verifier in others:
            try:
                return await verifier.principal_of(headers)
            except Unauthenticated:
                continue
        return await last.principal_of(headers)


@dataclass
class RestShop:
    """A new tenant whose owner is signed in at the web BFF."""

    world: Journey
    graph: WholeGraph
    tenant: UUID
    owner: Browser
    location_id: str

    @property
    def session_cookie(self) -> str:
        return self.owner.cookies[self.world.session_cookie]

    async def ask(self, method: str, path: str, *, browser: Browser | None = None, **options: Any) -> Answer:
        """A request of our own pages."""
        headers = {**CSRF, **options.pop("headers", {})}
        return await (browser or self.owner).request(method, f"{self.world.bff}{path}", headers=headers, **options)

    async def product(self, sku: str, **changes: Any) -> dict[str, Any]:
        """A product with one variant, which every subgraph has heard of."""
        price = {"amount": "9.50", "currencyCode": "GBP"}
        body = {"name": f"Mug {sku}", "variants": [{"sku": sku, "price": price}], **changes}
        made = await self.ask("POST", "/api/products", json=body)
        assert made.status == 201, made.text
        await self.graph.relay(self.tenant)
        return made.json()

    async def signed_in(self, username: str) -> Browser:
        """Somebody else of the same tenant."""
        self.world.provider.realm.users[username].attributes["tenant_id"] = [str(self.tenant)]
        return await self.world.signed_in(username)


@asynccontextmanager
async def rest_shop(
    database: ProvisionedDatabase, redis_url: str, folder: Path, **changes: Any
) -> AsyncIterator[RestShop]:
    """The shop; `changes` are settings of the BFF."""
    tokens = TokenFactory()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PROVIDER.items():
            environment.setenv(name, value)
        contexts = build_contexts(database, tokens)
    verifiers = _Verifiers(tokens.verifier())
    for context in contexts.values():
        context._verifier = verifiers  # pyright: ignore[reportAttributeAccessIssue]
    router = create_router(RouterSettings(), composed(contexts), InProcessTransport(contexts), verifiers)
    upstream = DirectUpstream(direct_graph(router))
    graph = WholeGraph(contexts, tokens)
    try:
        async with journey(redis_url, folder, face=WEB, upstream=upstream, **changes) as world:
            keys = JwksSource(f"{world.provider.issuer}/protocol/openid-connect/certs")
            verifiers.verifiers.append(TokenVerifier(world.provider.issuer, "retail-api", keys))
            yield await _opened(world, graph)
    finally:
        await graph.close()


async def _opened(world: Journey, graph: WholeGraph) -> RestShop:
    tenant, user = uuid7(), world.provider.realm.users[OWNER]
    user.attributes["tenant_id"] = [str(tenant)]
    await graph.data(tenant, _TENANT, {"slug": f"rest-{tenant.hex[-12:]}"}, role="platform_admin")
    owner = await world.signed_in(OWNER)
    subject = (await world.session_of(owner)).subject
    known = {"keycloakId": subject, "email": OWNER, "displayName": "Owner", "roles": ["tenant_owner"]}
    await graph.data(tenant, _USER, {"input": known})
    made = await graph.data(tenant, _LOCATION)
    await graph.relay(tenant)
    return RestShop(world, graph, tenant, owner, made["stockLocationCreate"]["location"]["id"])
