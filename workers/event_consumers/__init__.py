"""Feeds bus events to each context's handlers, once per consumer."""

from workers.event_consumers.consumer import Consumer, Doorbell, run_consumers

__all__ = ["Consumer", "Doorbell", "run_consumers"]
