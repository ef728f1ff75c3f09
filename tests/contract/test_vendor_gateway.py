"""Other vendors' gateways serve what `router.composition` composes."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import JsonValue

from router.composition import SubgraphSource, compose
from tests.contract.vendor_gateway.node_peer import NodePeer, install_node_peer
from tests.contract.vendor_gateway.shop_subgraphs import shop_on_loopback

pytestmark = pytest.mark.node

_PUBLISHED = Path(__file__).parents[2] / "schema" / "supergraph.graphql"


@dataclass(frozen=True, slots=True)
class _Answers:
    types: list[str]
    answers: list[JsonValue]


@pytest_asyncio.fixture(scope="module")
async def peer() -> NodePeer:
    return await install_node_peer()


@pytest_asyncio.fixture(scope="module")
async def shop():
    async with shop_on_loopback() as sources:
        yield sources


@pytest.fixture(params=["answer_apollo.cjs", "answer_hive.cjs"])
def gateway(request) -> str:
    return request.param


async def _ask(peer: NodePeer, gateway: str, shop: list[SubgraphSource], query: str) -> JsonValue:
    question = {"supergraph": compose(shop).supergraph_sdl, "operations": [{"query": query}]}
    return (await peer.run(gateway, question, _Answers)).answers[0]


async def test_a_query_crosses_two_subgraphs_by_key(peer, gateway, shop):
    answer = await _ask(peer, gateway, shop, '{ product(id: "1") { name sku available } }')

    assert answer == {"data": {"product": {"name": "Kettle", "sku": "SKU-1", "available": 7}}}


async def test_required_fields_are_fetched_first(peer, gateway, shop):
    answer = await _ask(peer, gateway, shop, "{ soldOut { name shippingFee } }")

    assert answer == {"data": {"soldOut": [{"name": "Toaster", "shippingFee": "5.00"}]}}


async def test_a_mutation_answers_from_both_subgraphs(peer, gateway, shop):
    answer = await _ask(peer, gateway, shop, 'mutation { rename(id: "2", name: "Grill") { name available } }')

    assert answer == {"data": {"rename": {"name": "Grill", "available": 0}}}


async def test_internal_mutations_are_hidden_from_callers(peer, gateway, shop):
    answer = await _ask(peer, gateway, shop, '{ __type(name: "Mutation") { fields { name } } }')

    assert answer == {"data": {"__type": {"fields": [{"name": "rename"}]}}}


@pytest.mark.skipif(not _PUBLISHED.exists(), reason="schema/supergraph.graphql is not published yet")
async def test_the_published_supergraph_loads(peer, gateway):
    question = {"supergraph": _PUBLISHED.read_text(), "operations": [{"query": "{ __typename }"}]}

    answers = await peer.run(gateway, question, _Answers)

    assert answers.answers == [{"data": {"__typename": "Query"}}]
