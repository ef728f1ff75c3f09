"""Mapped aggregates of identity with their rules; no I/O."""

from subgraphs.identity.model.people import Tenant, User
from subgraphs.identity.model.tables import IdentityTable

__all__ = ["IdentityTable", "Tenant", "User"]
