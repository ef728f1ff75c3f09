"""T3: whoever names another tenant's thing gets the answer of a thing that is nowhere, and changes nothing.

The calls are made from the published schema: every operation once per argument that names something, and every entity
by every key. Each subgraph is asked directly, the public ones through the router, too. That an argument matters is
shown by its owner's answer.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_client_schema, get_introspection_query

from cli.embedded.redis import RedisServer
from cli.permission_matrix import guarded_fields
from cli.ports import CONTEXTS
from cli.schema_files import subgraph_sdl
from kernel.ids import uuid7
from kernel.permissions import ROLE_SCOPES
from tests.factories.databases import ProvisionedDatabase
from tests.factories.graph_calls import (
    MEANINGS,
    Call,
    any_thing,
    calls_of,
    entity_keys,
    operations_of,
    schema_of,
    selection_of,
)
from tests.factories.tenant_things import Neighbours, settled
from tests.factories.whole_graph import PROVIDER

SDLS = {context: subgraph_sdl(context) for context in CONTEXTS}
SCHEMAS = {context: schema_of(sdl) for context, sdl in SDLS.items()}
CALLS = [(context, call) for context, schema in SCHEMAS.items() for call in calls_of(schema) if call.varied is not None]
INTERNAL = {field.coordinate for field in guarded_fields() if field.is_internal}
#: subscriptions through the router are in test_subscriptions.py
PUBLIC = [call for _, call in CALLS if f"{call.parent}.{call.field}" not in INTERNAL and call.parent != "Subscription"]
ENTITIES = [
    (context, entity, key) for context, schema in SCHEMAS.items() for entity, key in entity_keys(schema, SDLS[context])
]
#: what a natural key of an entity is called in `MEANINGS`
KEYS = {"Order.number": "number", "Product.slug": "slug", "ProductVariant.sku": "sku"}
#: keeps an id without knowing whose it is: an order's stock and money are asked for before inventory and payments
#: hear of the order, and only the saga may ask; a store is whatever the tenant's own tokens call so
TAKEN_ON_TRUST = {
    "Mutation.stockLocationAssign.storeId",
    "StockLocationCreateInput.storeId",
    "DeviceEnrollInput.storeId",
    "UserCreateInput.storeIds",
    "UserInviteInput.storeIds",
    "Mutation.userStoresAssign.storeIds",
    "Mutation.stockReserve.orderId",
    "Mutation.stockRelease.orderId",
    "Mutation.paymentCharge.orderId",
    "Mutation.paymentVoid.orderId",
}
#: an approval that was used, is somebody else's or of another device gets one and the same answer (N48)
ONE_ANSWER = {"ApprovalConsumeInput.deviceId"}
#: a line is taken out of a cart before the cart is named
SHOWN = sorted(
    (
        (context, call)
        for context, call in CALLS
        if call.varied and call.varied.coordinate not in {*TAKEN_ON_TRUST, *ONE_ANSWER}
    ),
    key=lambda shown: (CONTEXTS.index(shown[0]), shown[1].parent, shown[1].name.endswith("(cartId)")),
)


@dataclass(frozen=True, slots=True)
class Street:
    """Two tenants that have the same kinds of things, and what we and they have."""

    town: Neighbours
    us: UUID
    them: UUID
    ours: Mapping[str, str]
    theirs: Mapping[str, str]
    public: GraphQLSchema

    async def who_asks(self, call: Call) -> tuple[UUID, Mapping[str, str]]:
        """We; where we keep what we are told, somebody new, who has not been told of the same thing before."""
        if call.varied is None or call.varied.coordinate not in TAKEN_ON_TRUST:
            return self.us, self.ours
        tenant = uuid7()
        return tenant, await settled(self.town, tenant, f"new-{tenant.hex[-6:]}")

    async def through_router(self, document: str, variables: Mapping[str, Any]) -> Any:
        headers = self.town.tokens.headers(self.us, *ROLE_SCOPES)
        body = orjson.dumps({"query": document, "variables": variables})
        told = {"content-type": "application/json", "content-length": str(len(body))}
        return (await self.town.graph.http.request("POST", "/graphql", headers | told, body)).json()


@pytest.fixture(scope="module")
async def street(provisioned_database: ProvisionedDatabase, redis_server: RedisServer) -> AsyncIterator[Street]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        town = Neighbours(provisioned_database, bus=redis_server.url_of(5))
    us, them = uuid7(), uuid7()
    ours = await settled(town, us, "ours")
    theirs = await settled(town, them, "theirs", orders=2)
    question = get_introspection_query(descriptions=False)
    introspection: Any = await town.graph.answer(us, question)
    yield Street(town, us, them, ours, theirs, build_client_schema(introspection["data"]))
    await town.graph.close()


def said(answer: Any, *named: str) -> Any:
    """What an answer says, without the ids it was asked with; of what a mutation made, only that there is something."""
    for error in answer.get("errors", ()):
        error["extensions"].pop("requestId", None)
    text = orjson.dumps(answer).decode()
    for name in named:
        text = text.replace(name, "THING")
    return orjson.loads(text)


def outcome(call: Call, answer: Any, *named: str) -> Any:
    plain = said(answer, *named)
    if call.parent == "Mutation" and isinstance(plain.get("data"), dict):
        (payload,) = plain["data"].values()
        if payload is not None:
            plain["data"] = {k: v if k == "userErrors" else v is not None for k, v in payload.items()}
    return plain


@pytest.mark.parametrize(("context", "call"), CALLS, ids=[f"{context}-{call.name}" for context, call in CALLS])
async def test_t3_a_subgraph_tells_and_changes_nothing_of_another_tenant(context: str, call: Call, street: Street):
    assert call.varied is not None
    random, foreign = any_thing(call.varied.meaning), street.theirs[call.varied.meaning]
    us, ours = await street.who_asks(call)
    before = await street.town.graph.rows(street.them)

    answers = [
        outcome(call, await street.town.ask(context, us, call.document(), call.variables(ours, named)), named)
        for named in (random, foreign)
    ]

    assert answers[1] == answers[0]
    assert await street.town.graph.rows(street.them) == before


LISTS = [
    (context, call) for context, schema in SCHEMAS.items() for call in operations_of(schema) if call.parent == "Query"
]


@pytest.mark.parametrize(("context", "call"), LISTS, ids=[f"{context}-{call.name}" for context, call in LISTS])
async def test_t3_nothing_of_another_tenant_is_in_any_answer(context: str, call: Call, street: Street):
    document, theirs = call.document(depth=3), {*street.theirs.values()} - {*street.ours.values()}

    ours = orjson.dumps(await street.town.ask(context, street.us, document, call.variables(street.ours))).decode()
    own = orjson.dumps(await street.town.ask(context, street.them, document, call.variables(street.theirs))).decode()

    assert [thing for thing in theirs if thing in ours] == []
    assert [thing for thing in theirs if thing in own] != []


@pytest.mark.parametrize("call", PUBLIC, ids=[call.name for call in PUBLIC])
async def test_t3_the_router_tells_and_changes_nothing_of_another_tenant(call: Call, street: Street):
    assert call.varied is not None
    random, foreign = any_thing(call.varied.meaning), street.theirs[call.varied.meaning]
    before = await street.town.graph.rows(street.them)

    document = call.document(street.public)
    answers = [
        outcome(call, await street.through_router(document, call.variables(street.ours, named)), named)
        for named in (random, foreign)
    ]

    assert answers[1] == answers[0]
    assert await street.town.graph.rows(street.them) == before


@pytest.mark.parametrize(
    ("context", "entity", "key"), ENTITIES, ids=[f"{context}-{entity.name}.{key}" for context, entity, key in ENTITIES]
)
async def test_t3_a_reference_to_another_tenants_entity_is_one_to_nothing(
    context: str, entity: GraphQLObjectType, key: str, street: Street
):
    meaning = entity.name if key == "id" else KEYS[f"{entity.name}.{key}"]
    document = (
        f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {entity.name} {selection_of(entity, 2)} }} }}"
    )

    async def seen(tenant: UUID, *values: str) -> Any:
        representations = [{"__typename": entity.name, key: value} for value in values]
        return await street.town.ask(context, tenant, document, {"r": representations})

    random, foreign = any_thing(meaning), street.theirs[meaning]
    assert said(await seen(street.us, foreign), foreign) == said(await seen(street.us, random), random)
    among = await seen(street.us, street.ours[meaning], foreign)
    assert said(among, foreign) == said(await seen(street.us, street.ours[meaning], random), random)
    assert said(await seen(street.them, foreign), foreign) != said(await seen(street.them, random), random)


@pytest.mark.parametrize(("context", "call"), SHOWN, ids=[f"{context}-{call.name}" for context, call in SHOWN])
async def test_each_of_those_arguments_makes_a_difference_to_its_owner(context: str, call: Call, street: Street):
    assert call.varied is not None
    random, own = any_thing(call.varied.meaning), street.theirs[call.varied.meaning]

    answers = [
        outcome(
            call,
            await street.town.ask(context, street.them, call.document(), call.variables(street.theirs, named)),
            named,
        )
        for named in (random, own)
    ]

    assert answers[1] != answers[0]


def test_every_meaning_is_used_and_is_something_a_tenant_has(street: Street):
    used = {call.varied.coordinate for _, call in CALLS if call.varied is not None}

    assert MEANINGS.keys() - used == set()
    assert {*MEANINGS.values()} - street.theirs.keys() == set()
