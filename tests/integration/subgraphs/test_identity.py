import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from subgraphs.identity.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.subgraphs import SubgraphClient, client_of

CREATE_USER = """mutation($input: UserCreateInput!) {
  userCreate(input: $input) { user { id email roles isActive } userErrors { field message code } } }"""
USERS = "query($first: Int, $after: String) { users(first: $first, after: $after) {"
USERS += " nodes { email tenant { slug } } totalCount pageInfo { hasNextPage endCursor } } }"


@pytest.fixture
async def identity(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("identity_app")
    yield client_of("identity", build_schema(), database)
    await database.close()


def user_input(**changes: object) -> dict[str, object]:
    values = {"keycloakId": "kc-1", "email": "ada@example.test", "displayName": "Ada", "roles": ["cashier"]}
    return {"input": {**values, **changes}}


async def create_tenant(identity: SubgraphClient) -> None:
    document = """mutation($slug: String!) { tenantCreate(input: {slug: $slug, name: "Shop", currencyCode: "GBP"})
      { tenant { slug } userErrors { code } } }"""
    await identity.data(document, {"slug": f"shop-{identity.tenant_id}"}, role="platform_admin")


async def test_a_created_user_is_listed_with_its_tenant_in_a_fixed_number_of_statements(identity: SubgraphClient):
    await create_tenant(identity)
    for number in range(3):
        await identity.data(CREATE_USER, user_input(keycloakId=f"kc-{number}", email=f"u{number}@example.test"))

    with count_statements() as count:
        data = await identity.data(USERS, {"first": 2})

    assert [node["email"] for node in data["users"]["nodes"]] == ["u0@example.test", "u1@example.test"]
    assert {node["tenant"]["slug"] for node in data["users"]["nodes"]} == {f"shop-{identity.tenant_id}"}
    assert data["users"]["totalCount"] == 3
    assert data["users"]["pageInfo"]["hasNextPage"] is True
    assert count.total == 4  # tenant fence, page, total, tenants


async def test_a_small_selection_reads_only_its_columns(identity: SubgraphClient):
    await create_tenant(identity)
    await identity.data(CREATE_USER, user_input())

    with count_statements() as count:
        data = await identity.data("{ users(first: 2) { nodes { displayName tenant { currencyCode } } } }")

    assert data == {"users": {"nodes": [{"displayName": "Ada", "tenant": {"currencyCode": "GBP"}}]}}
    _fence, users, tenants = (re.findall(r" AS (\w+)", statement) for statement in count.statements)
    # the keys of the relation, the order and the answer come with what is selected
    assert users == ["tenant_id", "id", "display_name", "created_at"]
    assert tenants == ["tenant_id", "currency"]


async def test_the_next_page_continues_after_the_cursor(identity: SubgraphClient):
    for number in range(3):
        await identity.data(CREATE_USER, user_input(keycloakId=f"kc-{number}", email=f"u{number}@example.test"))
    first = await identity.data(USERS, {"first": 2})

    second = await identity.data(USERS, {"first": 2, "after": first["users"]["pageInfo"]["endCursor"]})

    assert [node["email"] for node in second["users"]["nodes"]] == ["u2@example.test"]
    assert second["users"]["pageInfo"]["hasNextPage"] is False


async def test_creating_a_user_writes_its_event_in_the_same_transaction(identity: SubgraphClient):
    await identity.data(CREATE_USER, user_input())

    async with behind_the_api(identity.subgraph.database, identity.tenant_id) as session:
        rows = (await session.execute(text("SELECT subject, envelope::json->'data'->>'roles' FROM outbox"))).all()
    assert [tuple(row) for row in rows] == [("retail.user.created.v1", '["cashier"]')]


async def test_a_refused_user_changes_nothing(identity: SubgraphClient):
    data = await identity.data(CREATE_USER, user_input(roles=["emperor"]))

    assert data["userCreate"]["user"] is None
    assert data["userCreate"]["userErrors"] == [
        {"field": ["input", "roles"], "message": "there is no role 'emperor'", "code": "UNKNOWN_ROLE"}
    ]
    async with behind_the_api(identity.subgraph.database, identity.tenant_id) as session:
        assert (await session.execute(text('SELECT count(*) FROM "user"'))).scalar_one() == 0
        assert (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 0


async def test_another_tenants_user_looks_like_a_missing_one(identity: SubgraphClient):
    created = await identity.data(CREATE_USER, user_input())
    document = "query($id: ID!) { user(id: $id) { email } }"
    entities = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { email } } }"
    stranger = identity.for_tenant(uuid7())
    user_id = created["userCreate"]["user"]["id"]

    assert await stranger.data(document, {"id": user_id}) == {"user": None}
    assert await stranger.data(document, {"id": encode_global_id("User", uuid7())}) == {"user": None}
    assert await stranger.data(entities, {"r": [{"__typename": "User", "id": user_id}]}) == {"_entities": [None]}


@pytest.mark.parametrize(
    ("representation", "message"),
    [
        ({"__typename": "Ghost", "id": "x"}, "no such entity here"),
        ({"__typename": "User", "id": "x", "admin": True}, "not a key of this entity"),
        ({"__typename": "User"}, "not a key of this entity"),
        ({"__typename": "User", "id": "x"}, "'x' is not a valid id"),
    ],
)
async def test_a_forged_representation_fails_alone(
    identity: SubgraphClient, representation: dict[str, object], message: str
):
    created = await identity.data(CREATE_USER, user_input())
    good = {"__typename": "User", "id": created["userCreate"]["user"]["id"]}
    document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { email } } }"

    answer = await identity.answer(document, {"r": [representation, good]})

    assert answer["data"] == {"_entities": [None, {"email": "ada@example.test"}]}
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [(message, ["_entities", 0])]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_may_not_read_users_sees_none_by_reference_either(identity: SubgraphClient):
    user_id = (await identity.data(CREATE_USER, user_input()))["userCreate"]["user"]["id"]
    document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on User { email } } }"
    variables = {"r": [{"__typename": "User", "id": user_id}]}

    seen = await identity.data(document, variables)
    refused = [await identity.answer(document, variables, role=role) for role in ("cashier", "customer")]

    assert seen == {"_entities": [{"email": "ada@example.test"}]}
    assert [answer["data"] for answer in refused] == [{"_entities": [None]}] * 2
    assert [answer["errors"][0]["extensions"]["code"] for answer in refused] == ["FORBIDDEN"] * 2


async def test_a_cashier_may_not_list_users_and_nobody_is_asked_to_sign_in(identity: SubgraphClient):
    as_cashier = await identity.answer(USERS, {"first": 1}, role="cashier")
    as_nobody = await identity.answer(USERS, {"first": 1}, role="")

    assert as_cashier["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert as_nobody["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
