"""Whose stores are whose."""

from typing import Final
from uuid import UUID

from kernel.identity import Principal
from kernel.permissions import scopes_of

#: who holds this acts for the whole tenant, not for stores named in the token
_WHOLE_TENANT: Final = "identity:manage"


def may_run_store(principal: Principal, store_id: UUID) -> bool:
    """Whether the store is one of the caller's: named in the token, or the caller's is the whole tenant."""
    return str(store_id) in principal.store_ids or _WHOLE_TENANT in scopes_of(principal.roles)
