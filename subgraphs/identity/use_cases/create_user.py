"""Make a principal of the identity provider known to the tenant."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.errors import SubjectTaken
from subgraphs.identity.model import User
from subgraphs.identity.model.granting import require_may_record
from subgraphs.identity.repository.people import is_known_principal


@dataclass(frozen=True, slots=True)
class CreateUser:
    """`keycloak_id` is the `sub` claim of the user's tokens."""

    keycloak_id: str
    email: str
    display_name: str
    roles: tuple[str, ...]
    store_ids: tuple[UUID, ...] = ()


async def create_user(tx: Transaction, command: CreateUser) -> UUID:
    """Store the user; its id.

    Raises:
        SubjectTaken: the principal is already a user of this tenant.
        RoleNotGrantable: see `require_may_record`.
        Invalid, UnknownRole: see `User.create`.
    """
    if await is_known_principal(tx.session, command.keycloak_id):
        raise SubjectTaken("this principal is already a user", field=("input", "keycloakId"))
    user = User.create(
        tx.tenant_id,
        keycloak_id=command.keycloak_id,
        email=command.email,
        display_name=command.display_name,
        roles=list(command.roles),
    )
    user.store_ids = sorted(set(command.store_ids))
    require_may_record(tx.principal, user.roles)
    tx.session.add(user)
    return user.id
