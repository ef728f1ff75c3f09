"""Batched reads: what relations and references of identity's types are read by."""

from typing import Final

from kernel.graphql import rows_by
from subgraphs.identity.model import Tenant, User
from subgraphs.identity.repository.people import TENANTS, USERS

#: only the caller's own is there
load_tenants: Final = rows_by(TENANTS, Tenant.tenant_id)
load_users: Final = rows_by(USERS, User.id)
#: a reference shows no more than the root field does
load_users_for_staff: Final = rows_by(USERS, User.id, scope="identity:read")
