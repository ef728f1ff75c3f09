"""The published supergraph, unchanged, in other vendors' gateways: the answers of our router, over the real product."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio
from pydantic import JsonValue

from kernel.ids import encode_global_id
from router.app import app_of, create_router, http_transport
from router.settings import RouterSettings
from tests.contract.vendor_gateway.hive_gateway import hive_gateway, install_hive_gateway
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.contract.vendor_gateway.served_product import ServedProduct, served_product
from tests.factories.databases import ProvisionedDatabase
from tests.factories.product import LUMEN
from tests.factories.served import served
from tests.factories.whole_graph import PROVIDER

pytestmark = pytest.mark.node

SCHEMA = Path(__file__).parents[2] / "schema"
SUPERGRAPH = SCHEMA / "supergraph.graphql"
# what changes something is asked once only
FILES = [
    path for path in sorted((SCHEMA / "operations").rglob("*.graphql")) if not path.read_text().startswith("mutation")
]
VARIABLES: Mapping[str, list[dict[str, Any]]] = {
    "order_history": [{"first": 1}, {"first": 20}],
    "product_search": [{"query": "lamp", "first": 10}, {"query": "nothing of the kind", "first": 10}],
    "shop_page": [{"first": 2}, {"first": 50}],
    "variant_by_sku": [{"sku": "none of ours"}],
    "profile": [{}],
    "product_list": [{}, {"first": 2, "status": "ACTIVE"}],
    "product_find": [{"query": "lamp"}],
    "product_details": [{"id": encode_global_id("Product", UUID(int=1))}],
    "order_list": [{"status": "CONFIRMED"}],
    "order_details": [{"id": encode_global_id("Order", UUID(int=1))}],
    "stock_of_variant": [{"variantId": encode_global_id("ProductVariant", UUID(int=1))}],
    "stock_at_location": [
        {
            "variantId": encode_global_id("ProductVariant", UUID(int=1)),
            "locationId": encode_global_id("StockLocation", UUID(int=1)),
        }
    ],
}
ROLES = ("tenant_owner", "customer")
HIVE = {"Hive Gateway": (), "Hive Gateway with the Rust planner": ("--hive-router-runtime",)}
PEERS = ("Apollo Gateway", *HIVE)


@dataclass(frozen=True, slots=True)
class Question:
    """One operation with its variables, asked with a token of this role."""

    name: str
    query: str
    variables: dict[str, Any]
    role: str


@dataclass(frozen=True, slots=True)
class _ApolloAnswers:
    types: list[str]
    answers: list[JsonValue]


def questions(role: str) -> list[Question]:
    return [
        Question(f"{path.stem} {variables} as {role}", path.read_text(), variables, role)
        for path in FILES
        for variables in VARIABLES[path.stem]
    ]


QUESTIONS = [question for role in ROLES for question in questions(role)]


def headers_for(product: ServedProduct, role: str) -> dict[str, str]:
    return product.tokens.headers(LUMEN, role, subject="buyer")


async def over_http(url: str, product: ServedProduct) -> list[JsonValue]:
    async with aiohttp.ClientSession() as session:
        return [await _post(session, url, product, question) for question in QUESTIONS]


async def _post(session: aiohttp.ClientSession, url: str, product: ServedProduct, question: Question) -> JsonValue:
    body = {"query": question.query, "variables": question.variables}
    async with session.post(url, json=body, headers=headers_for(product, question.role)) as response:
        return await response.json(content_type=None)


async def in_apollo_gateway(product: ServedProduct) -> list[JsonValue]:
    peer = await install_node_peer()
    answers: list[JsonValue] = []
    for role in ROLES:
        question = {
            "supergraph": SUPERGRAPH.read_text(),
            "operations": [{"query": item.query, "variables": item.variables} for item in questions(role)],
            "urls": product.urls,
            "headers": headers_for(product, role),
        }
        answers += (await peer.run("answer_apollo.cjs", question, _ApolloAnswers)).answers
    return answers


@pytest_asyncio.fixture(scope="module")
async def product(provisioned_database: ProvisionedDatabase) -> AsyncIterator[ServedProduct]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PROVIDER.items():
            environment.setenv(name, value)
        async with served_product(provisioned_database) as running:
            yield running


@pytest_asyncio.fixture(scope="module")
async def ours(product: ServedProduct) -> dict[str, JsonValue]:
    settings = RouterSettings()
    transport = http_transport(settings, product.urls)
    router = create_router(settings, SUPERGRAPH.read_text(), transport, product.tokens.verifier())
    async with served(app_of(router, settings)) as url:
        return _named(await over_http(f"{url}/graphql", product))


@pytest_asyncio.fixture(scope="module")
async def theirs(product: ServedProduct) -> dict[str, dict[str, JsonValue]]:
    """The answers of each peer."""
    answers = {"Apollo Gateway": _named(await in_apollo_gateway(product))}
    peer = await install_hive_gateway()
    async with AsyncExitStack() as running:
        for name, options in HIVE.items():
            url = await running.enter_async_context(hive_gateway(peer, SUPERGRAPH, product.urls, *options))
            answers[name] = _named(await over_http(url, product))
    return answers


def _named(answers: list[JsonValue]) -> dict[str, JsonValue]:
    return {question.name: answer for question, answer in zip(QUESTIONS, answers, strict=True)}


@pytest.mark.parametrize("name", [question.name for question in questions("tenant_owner")])
@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_answers_as_our_router_does(peer, name, ours, theirs):
    assert "errors" not in ours[name]
    assert theirs[peer][name] == ours[name]


@pytest.mark.parametrize("name", [question.name for question in questions("customer")])
@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_shows_a_token_no_more_than_our_router_does(peer, name, ours, theirs):
    assert theirs[peer][name].get("data") == ours[name].get("data")


def test_the_questions_are_about_something(ours):
    page = ours["shop_page {'first': 50} as tenant_owner"]["data"]
    history = ours["order_history {'first': 20} as tenant_owner"]["data"]
    found = ours["product_search {'query': 'lamp', 'first': 10} as tenant_owner"]["data"]

    assert (len(page["products"]["nodes"]), page["tenant"]["name"]) == (50, "Lumen Home & Living")
    assert [len(order["lines"]["nodes"]) for order in history["orders"]["nodes"][:2]] == [1, 3]
    assert found["productSearch"]["nodes"] != []
