"""Keeps the identity provider's accounts in step with the users of identity.

The row of a user is what is wanted; beside it a task says that the account does not show it yet. Steps, each of which
may be repeated: find or create the account, its profile, its roles, end its sessions, write to the person, record.
A sweep brings what is on one side only to the other.
"""

from workers.account_sync.loop import sweep_forever, sync_forever

__all__ = ["sweep_forever", "sync_forever"]
