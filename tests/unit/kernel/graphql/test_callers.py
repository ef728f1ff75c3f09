"""Who may call a subgraph over HTTP: whoever proves to be the router or a worker; a user's token alone does not do."""

import logging
from collections.abc import Callable, Mapping
from uuid import UUID

import orjson
import pytest
import strawberry

from kernel.caller_proof import PROOF_HEADER, CallerCheck, CallerProver, WeakCallerKey
from kernel.database.connection import Database
from kernel.graphql import Subgraph, SubgraphSchema, SubgraphSettings
from kernel.settings import MissingCallerKeys
from tests.factories.tokens import TokenFactory
from tests.fakes.asgi_client import Answer, AsgiClient

TENANT = UUID("01920000-0000-7000-8000-000000000001")
KEY, OLD_KEY = "k" * 43, "o" * 43
_RAN: list[str] = []
_TOKENS = TokenFactory()


@strawberry.type
class Query:
    @strawberry.field
    def ran(self) -> bool:
        _RAN.append("query")
        return True


@strawberry.type
class Mutation:
    @strawberry.mutation
    def run(self) -> bool:
        _RAN.append("mutation")
        return True


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    _RAN.clear()


def client(*keys: str) -> AsgiClient:
    # opened by the first statement, and there is none
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", application_name="test")
    schema = SubgraphSchema(query=Query, mutation=Mutation)
    subgraph = Subgraph("orders", schema, database=database, verifier=_TOKENS.verifier())
    return AsgiClient(subgraph.asgi_app(CallerCheck("orders", keys or (KEY,))))


async def ask(query: str, headers: Mapping[str, str], *keys: str) -> Answer:
    return await client(*keys).request("POST", "/graphql", headers, orjson.dumps({"query": query}))


def signed(query: str, subgraph: str = "orders", key: str = KEY) -> dict[str, str]:
    headers = _TOKENS.headers(TENANT, "tenant_owner")
    return {**headers, PROOF_HEADER: CallerProver(subgraph, key).proof(headers, orjson.dumps({"query": query}))}


async def test_the_router_may_ask_for_a_user():
    answer = await ask("{ ran }", signed("{ ran }"))

    assert (answer.status, answer.json(), _RAN) == (200, {"data": {"ran": True}}, ["query"])


@pytest.mark.parametrize("query", ["{ ran }", "mutation { run }", "{ _service { sdl } }", "{ __typename }"])
@pytest.mark.parametrize(
    "headers",
    [
        lambda: _TOKENS.headers(TENANT, "tenant_owner"),
        lambda: signed("{ other }"),
        lambda: signed("mutation { run }", "payments"),
        dict,
    ],
    ids=["user", "other operation", "other subgraph", "nobody"],
)
async def test_without_its_proof_nothing_is_executed(query: str, headers: Callable[[], dict[str, str]]):
    answer = await ask(query, headers())

    assert (answer.status, _RAN) == (403, [])
    assert answer.json() == {
        "errors": [{"message": "only the router may call this subgraph", "extensions": {"code": "CALLER_NOT_PROVEN"}}]
    }


async def test_a_proof_is_no_token():
    proof = CallerProver("orders", KEY).proof({}, orjson.dumps({"query": "{ ran }"}))
    stranger = {**TokenFactory().headers(TENANT, "tenant_owner")}
    signed_for_stranger = {
        **stranger,
        PROOF_HEADER: CallerProver("orders", KEY).proof(stranger, orjson.dumps({"query": "{ ran }"})),
    }

    mixed = await ask("{ ran }", {**stranger, PROOF_HEADER: proof})
    refused = await ask("{ ran }", signed_for_stranger)

    assert (mixed.status, refused.json()["errors"][0]["extensions"]["code"]) == (403, "UNAUTHENTICATED")
    assert _RAN == []


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
async def test_health_and_metrics_are_for_everybody(path: str):
    assert (await client().request("GET", path)).status == 200


async def test_a_refusal_is_logged_without_proof_or_token(caplog: pytest.LogCaptureFixture):
    headers = signed("{ other }")

    with caplog.at_level(logging.WARNING):
        await ask("{ ran }", headers)

    assert headers[PROOF_HEADER] not in caplog.text
    assert headers["authorization"] not in caplog.text


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
async def test_while_keys_rotate_both_open(key: str):
    answer = await ask("{ ran }", signed("{ ran }", key=key), KEY, OLD_KEY)

    assert answer.json() == {"data": {"ran": True}}


def settings(monkeypatch: pytest.MonkeyPatch, profile: str, keys: str) -> SubgraphSettings:
    for name, value in {
        "PROFILE": profile,
        "ORDERS_CALLER_KEYS": keys,
        "ORDERS_DATABASE_URL": "postgresql://x/y",
    }.items():
        monkeypatch.setenv(f"RETAILFLOW_{name}", value)
    monkeypatch.setenv("RETAILFLOW_ISSUER", "https://issuer.test")
    monkeypatch.setenv("RETAILFLOW_JWKS_URL", "https://issuer.test/certs")
    return SubgraphSettings.for_context("orders")


def test_production_does_not_start_without_keys(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(MissingCallerKeys, match="RETAILFLOW_ORDERS_CALLER_KEYS"):
        settings(monkeypatch, "production", "").callers("orders")

    assert settings(monkeypatch, "local", "").callers("orders") is None


def test_keys_are_separated_by_commas_and_never_shown(monkeypatch: pytest.MonkeyPatch):
    chosen = settings(monkeypatch, "production", f"{KEY},{OLD_KEY}")
    body = b"{}"

    callers = chosen.callers("orders")

    assert callers is not None
    for key in (KEY, OLD_KEY):
        callers.require({PROOF_HEADER: CallerProver("orders", key).proof({}, body)}, body)
    assert KEY not in repr(chosen)


def test_a_short_key_does_not_start(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(WeakCallerKey):
        settings(monkeypatch, "local", f"{KEY},short").callers("orders")
