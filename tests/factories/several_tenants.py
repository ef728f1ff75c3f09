"""People of two tenants at the development provider."""

from cli.development_provider.realm import Credential, User
from kernel.ids import uuid7
from tests.factories.bff import LUMEN, PASSWORD, Journey

SECOND = str(uuid7())


def person_of_two_tenants(world: Journey, *, second: str = "<b>Second & sons") -> User:
    """Owner at LUMEN, cashier at a second tenant, whose name is no HTML."""
    return world.provider.accounts.create(
        User(
            username=f"grace-{uuid7().hex}@example.test",
            first_name="Grace",
            credentials=[Credential(value=PASSWORD)],
            realm_roles=["tenant_owner"],
            attributes={
                "tenant_id": [LUMEN],
                "membership_1": [f"tenant:{SECOND}", "role:cashier", "store:s-1"],
                "tenants": [f"1 {SECOND} {second}", f"0 {LUMEN} Lumen"],
            },
        )
    )
