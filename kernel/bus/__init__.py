"""The event bus: one small port, and the adapters that carry it (X-01). Redis Streams is the default."""

from kernel.bus.live import LiveEvents
from kernel.bus.port import EventBus, HandleEvent
from kernel.bus.redis_streams import RedisStreams

__all__ = ["EventBus", "HandleEvent", "LiveEvents", "RedisStreams"]
