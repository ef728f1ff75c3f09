"""The audits of the GraphQL-over-HTTP specification's reference implementation, held against our router."""

from dataclasses import dataclass

import pytest

from router.app import create_app, http_transport
from router.composition import SubgraphSource, compose
from router.settings import RouterSettings
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.served import served

pytestmark = pytest.mark.node

# What the specification leaves open and we decide otherwise: a plain link or form of another site must not reach the
# graph, so a GET needs a header that browsers ask permission for.
_OURS = {
    "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}


@dataclass(frozen=True, slots=True)
class _Audit:
    name: str
    status: str
    reason: str


async def test_every_audit_passes_but_for_what_we_refuse_on_purpose():
    peer = await install_node_peer()
    graph = compose([SubgraphSource("shop", "http://shop.invalid/graphql", "type Query { open: Boolean }")])
    settings = RouterSettings()
    transport = http_transport(settings, {"shop": "http://shop.invalid/graphql"})

    async with served(create_app(settings, graph.supergraph_sdl, transport)) as url:
        audits = await peer.run("audit_http.cjs", {"url": f"{url}/graphql"}, list[_Audit])

    assert {audit.name for audit in audits if audit.status != "ok"} == _OURS
    assert len(audits) == 61
