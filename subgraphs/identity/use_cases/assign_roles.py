"""Replace a user's roles."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.identity.model.people import TENANT_OWNER, known_roles
from subgraphs.identity.use_cases.change_user import owe_account, require_another_owner, user_to_change


@dataclass(frozen=True, slots=True)
class AssignRoles:
    """All roles the user has afterwards."""

    user_id: UUID
    roles: tuple[str, ...]


async def assign_roles(tx: Transaction, command: AssignRoles) -> UUID:
    """Replace the roles; the user's id. Sessions live on and have the new roles with their next token.

    Raises:
        LastOwner: the user would stop owning the tenant, and nobody else owns it.
        UnknownRole: a role the realm does not have.
        NoSuchUser, RoleNotGrantable: see `user_to_change`.
    """
    wanted = known_roles(list(command.roles))
    user = await user_to_change(tx, command.user_id, given=wanted)
    if TENANT_OWNER not in wanted:
        await require_another_owner(tx, user)
    user.assign_roles(wanted)
    await owe_account(tx, user)
    return user.id
