"""Batched reads: what relations and references of identity's types are read by."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kernel.graphql import RequestContext
from kernel.graphql.execution import Batch
from subgraphs.identity.repository import TenantRow, UserRow, tenants_by_id, users_by_id


async def load_tenants(batch: Batch[RequestContext, None], ids: Sequence[UUID]) -> Mapping[UUID, TenantRow]:
    """By id; only the caller's own is there."""
    return await tenants_by_id(batch.context.reader, ids, batch.columns)


async def load_users(batch: Batch[RequestContext, None], ids: Sequence[UUID]) -> Mapping[UUID, UserRow]:
    """By id."""
    return await users_by_id(batch.context.reader, ids, batch.columns)
