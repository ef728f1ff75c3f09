"""Whose carts and orders a principal may reach: staff everybody's, anybody else their own."""

from kernel.identity import Principal
from kernel.permissions import scopes_of


def owner_limit(principal: Principal, scope: str) -> str | None:
    """The only owner whose carts and orders `principal` may reach, or None with `scope`: everybody's."""
    return None if scope in scopes_of(principal.roles) else principal.subject
