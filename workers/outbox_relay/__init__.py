"""Carries outbox rows to the event bus: wakes on NOTIFY, looks anyway every second."""

from workers.outbox_relay.relay import OutboxRelay

__all__ = ["OutboxRelay"]
