"""A tenant's tills, cashiers and managers, as the identity subgraph sees them."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from uuid import UUID

from joserfc.jwk import ECKey

from kernel.database import Database
from kernel.graphql import Subgraph
from kernel.ids import encode_global_id, uuid7
from kernel.subgraph import GraphQLRequest
from subgraphs.identity.graphql.loaders import IdentityContext
from subgraphs.identity.graphql.schema import build_schema
from subgraphs.identity.model import PinSecrets
from tests.factories.tokens import TokenFactory

ENROLL = """mutation($input: DeviceEnrollInput!) { deviceEnroll(input: $input) {
  device { id storeId name status thumbprint publicKey { kty crv x y } enrolledBy lastSeenAt }
  userErrors { field code } } }"""
REVOKE = "mutation($id: ID!) { deviceRevoke(id: $id) { device { status revokedBy } userErrors { field code } } }"
SET_PIN = "mutation($input: PinSetInput!) { pinSet(input: $input) { isAccepted userErrors { field code } } }"
VERIFY = "mutation($input: PinVerifyInput!) { pinVerify(input: $input) { isAccepted userErrors { code } } }"
RESET = "mutation($id: ID!) { pinReset(userId: $id) { user { email } userErrors { code } } }"
GRANT = """mutation($input: ApprovalGrantInput!) { approvalGrant(input: $input) {
  approvalId userErrors { field code message } } }"""
CONSUME = """mutation($id: ID!, $input: ApprovalConsumeInput!) { approvalConsume(id: $id, input: $input) {
  approvalId userErrors { code } } }"""
CREATE_USER = "mutation($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { code } } }"


def public_key(key: ECKey | None = None) -> dict[str, str]:
    """The coordinates of a public key on P-256."""
    members = (key or ECKey.generate_key("P-256")).as_dict(private=False)
    return {"x": str(members["x"]), "y": str(members["y"])}


@dataclass(frozen=True)
class Person:
    """Somebody with a token; `stores` as the token names them."""

    subject: str
    role: str
    stores: tuple[str, ...] = ()


class CountingSecrets(PinSecrets):
    """Counts how often the expensive function is computed."""

    def __init__(self) -> None:
        super().__init__(b"k" * 32)
        self.checks = 0

    def is_right(self, pin: str, owner: bytes, stored: str | None) -> bool:
        self.checks += 1
        return super().is_right(pin, owner, stored)


class TillShop:
    """One tenant with two stores; everybody calls the subgraph with a token of their own."""

    def __init__(self, subgraph: Subgraph, tokens: TokenFactory, secrets: CountingSecrets) -> None:
        self.subgraph = subgraph
        self.tokens = tokens
        self.secrets = secrets
        self.tenant_id = uuid7()
        self.store, self.other_store = uuid7(), uuid7()
        here, both = (str(self.store),), (str(self.store), str(self.other_store))
        self.owner = Person("olivia", "tenant_owner")
        self.manager = Person("marcus", "store_manager", here)
        self.manager_of_both = Person("mona", "store_manager", both)
        self.cashier = Person("chloe", "cashier", here)
        self.second_cashier = Person("dora", "cashier", here)

    @classmethod
    def over(cls, database: Database) -> Self:
        tokens, secrets = TokenFactory(), CountingSecrets()
        context = partial(IdentityContext, pin_secrets=secrets)
        subgraph = Subgraph("identity", build_schema(), database=database, verifier=tokens.verifier(), context=context)
        return cls(subgraph, tokens, secrets)

    def beside(self) -> "TillShop":
        """Another tenant of the same subgraph."""
        return TillShop(self.subgraph, self.tokens, self.secrets)

    async def answer(self, person: Person, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        token = self.tokens.access_token(
            self.tenant_id, person.role, subject=person.subject, store_ids=list(person.stores)
        )
        return await self.subgraph.execute(GraphQLRequest(document, variables), {"authorization": f"Bearer {token}"})

    async def ask(self, person: Person, document: str, variables: dict[str, Any]) -> Any:
        """The only root field's data; fails on any error."""
        answer = await self.answer(person, document, variables)
        assert "errors" not in answer, answer["errors"]
        (field,) = answer["data"].values()
        return field

    async def enroll(self, person: Person | None = None, **changes: object) -> Any:
        given = {"storeId": store_id(self.store), "name": "Till 1", "publicKey": public_key()} | changes
        return await self.ask(person or self.manager, ENROLL, {"input": given})

    async def till(self) -> str:
        """The id of a new till."""
        return (await self.enroll())["device"]["id"]

    async def set_pin(self, person: Person, pin: str, current: str | None = None) -> list[str]:
        """The codes of the refusals."""
        answer = await self.ask(person, SET_PIN, {"input": {"pin": pin, "currentPin": current}})
        return [error["code"] for error in answer["userErrors"]]

    async def verify(self, person: Person, pin: str, device_id: str) -> str:
        """`ACCEPTED`, or the code of the refusal."""
        answer = await self.ask(person, VERIFY, {"input": {"pin": pin, "deviceId": device_id}})
        return "ACCEPTED" if answer["isAccepted"] else answer["userErrors"][0]["code"]

    async def user(self, person: Person, *, email: str | None = None) -> str:
        """Make a person a user of the tenant; the user's id."""
        given = {
            "keycloakId": person.subject,
            "email": email or f"{person.subject}@example.test",
            "displayName": person.subject,
            "roles": [person.role],
            "storeIds": [store_id(UUID(store)) for store in person.stores],
        }
        return (await self.ask(self.owner, CREATE_USER, {"input": given}))["user"]["id"]

    async def grant(self, device_id: str, pin: str, **changes: object) -> Any:
        """Ask for an approval as the cashier."""
        given = {
            "deviceId": device_id,
            "approverEmail": "Marcus@example.test",
            "pin": pin,
            "action": "VOID",
            "reference": "cart-line-1",
            "reason": "wrong item",
        }
        return await self.ask(self.cashier, GRANT, {"input": given | changes})

    async def consume(
        self, approval_id: str, device_id: str, person: Person | None = None, **changes: object
    ) -> list[str]:
        """The codes of the refusals."""
        given = {"deviceId": device_id, "action": "VOID", "reference": "cart-line-1"} | changes
        answer = await self.ask(person or self.cashier, CONSUME, {"id": approval_id, "input": given})
        return [error["code"] for error in answer["userErrors"]]


def store_id(store: UUID) -> str:
    return encode_global_id("Store", store)
