"""Every operation as every role, as nobody and as a service, against the real subgraphs.

docs/operations/permissions.md is the committed table, made from the schema and the roles; here the subgraphs have to
behave as it says.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from cli.permission_matrix import PAGE, ROLES, Guarded, Outcome, guarded_fields, page_text
from cli.ports import CONTEXTS
from cli.schema_files import subgraph_sdl
from kernel.ids import GlobalId, uuid7
from kernel.subgraph import GraphQLRequest
from tests.factories.databases import ProvisionedDatabase
from tests.factories.graph_calls import MEANINGS, Call, any_thing, operations_of, schema_of
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import PROVIDER, WholeGraph, asked, build_contexts

FIELDS = guarded_fields()
OPERATIONS = {(field.context, field.coordinate): field for field in FIELDS if field.is_operation}
CALLS: dict[tuple[str, str], Call] = {
    (context, f"{call.parent}.{call.field}"): call
    for context in CONTEXTS
    for call in operations_of(schema_of(subgraph_sdl(context)))
}
NOTHING = {meaning: any_thing(meaning) for meaning in MEANINGS.values()}


@dataclass(frozen=True, slots=True)
class House:
    """The subgraphs as the product builds them."""

    graph: WholeGraph
    tokens: TokenFactory

    async def outcome(self, field: Guarded, role: str | None, tenant: UUID) -> Outcome:
        """What a caller with only this role gets."""
        stores = [str(GlobalId.decode(NOTHING["Store"], expected_type="Store").uuid)]
        token = self.tokens.access_token(tenant, role, store_ids=stores) if role is not None else None
        errors = await self.errors(field, token)
        codes = {error["code"] for error in errors}
        assert codes <= {*Outcome, "NOT_FOUND", "BAD_USER_INPUT", "UNAVAILABLE"}, (field.coordinate, role, errors)
        refusals = codes & {Outcome.FORBIDDEN, Outcome.UNAUTHENTICATED}
        return Outcome(refusals.pop()) if refusals else Outcome.ALLOWED

    async def errors(self, field: Guarded, token: str | None) -> list[dict[str, Any]]:
        """What a caller with this token is told beside the data."""
        call = CALLS[field.context, field.coordinate]
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        request = GraphQLRequest(call.document(depth=0), call.variables(NOTHING))
        answer: Any = await asked(self.graph._contexts[field.context], request, headers)
        return [error["extensions"] for error in answer.get("errors", ())]


@pytest.fixture(scope="module")
async def house(provisioned_database: ProvisionedDatabase) -> AsyncIterator[House]:
    tokens = TokenFactory()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        graph = WholeGraph(build_contexts(provisioned_database, tokens), tokens)
    yield House(graph, tokens)
    await graph.close()


def test_the_committed_table_is_what_schema_and_roles_say():
    difference = "run ./retailflow permissions, read what changes for whom, and commit docs/operations/permissions.md"

    assert PAGE.read_text() == page_text(FIELDS), difference


def test_every_operation_of_the_schema_is_in_the_table():
    assert OPERATIONS.keys() == CALLS.keys()


@pytest.mark.parametrize("field", OPERATIONS.values(), ids=lambda field: field.coordinate)
async def test_who_may_not_is_refused_and_changes_nothing_and_who_may_is_let_in(field: Guarded, house: House):
    tenant = uuid7()
    expected = {role: field.outcome(role) for role in (None, *ROLES)}
    refused = [role for role, outcome in expected.items() if outcome is not Outcome.ALLOWED]
    before = await house.graph.rows(tenant)

    found = {role: await house.outcome(field, role, tenant) for role in refused}
    assert await house.graph.rows(tenant) == before
    found |= {role: await house.outcome(field, role, tenant) for role in expected if role not in refused}

    assert found == expected


@pytest.mark.parametrize(
    "field",
    [field for field in OPERATIONS.values() if field.needs_second_factor],
    ids=lambda field: field.coordinate,
)
async def test_people_without_a_recent_second_factor_are_told_so_and_change_nothing(field: Guarded, house: House):
    tenant, now = uuid7(), int(time.time())
    claims = [{"acr": "password", "auth_time": now}, {"acr": "otp", "auth_time": now - 901}, {"acr": None}]
    tokens = [house.tokens.access_token(tenant, "platform_admin", **given) for given in claims]
    service = house.tokens.access_token(tenant, "platform_admin", "service", acr=None, auth_time=None)
    before = await house.graph.rows(tenant)

    told = [await house.errors(field, token) for token in tokens]

    assert told == [[{"acrValues": "otp", "maxAge": 900, "code": "STEP_UP_REQUIRED"}]] * 3
    assert await house.graph.rows(tenant) == before
    assert "STEP_UP_REQUIRED" not in {error["code"] for error in await house.errors(field, service)}


def test_every_change_of_people_tills_and_tenants_needs_a_second_factor():
    strong = {field.coordinate for field in OPERATIONS.values() if field.needs_second_factor}

    assert strong == {
        *(f"Mutation.user{done}" for done in ("Create", "Invite", "Deactivate", "Reactivate", "PasswordResetSend")),
        *("Mutation.userRolesAssign", "Mutation.userStoresAssign", "Mutation.tenantCreate"),
        *("Mutation.deviceEnroll", "Mutation.deviceRevoke", "Mutation.pinReset"),
    }


@pytest.mark.parametrize("field", OPERATIONS.values(), ids=lambda field: field.coordinate)
async def test_a_role_that_nobody_has_heard_of_carries_nothing(field: Guarded, house: House):
    is_open = field.is_public or not field.alternatives

    for role in ("Tenant_Owner", "offline_access", "tenant_owner "):
        assert (await house.outcome(field, role, uuid7()) is Outcome.ALLOWED) == is_open
