"""A consumer is a name, its handlers, and the database where its inbox and its effects live."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kernel.bus import EventBus
from kernel.database import Database
from kernel.events import Envelope, EventHandler
from kernel.inbox import handle_once


@dataclass(frozen=True, slots=True)
class Consumer:
    """`database` is the `<context>_app` role of the context that owns the handlers' effects."""

    name: str
    handlers: Sequence[EventHandler]
    database: Database


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A consumer without state: it only rings somebody who looks into the database himself."""

    name: str
    subjects: frozenset[str]
    ring: Callable[[Envelope], Awaitable[None]]


async def run_consumers(
    consumers: Sequence[Consumer], doorbells: Sequence[Doorbell], bus: EventBus, stop: asyncio.Event
) -> None:
    """Consume until `stop`."""
    loops = [
        bus.consume(consumer.name, _subjects(consumer), _dispatch(consumer), stop)
        for consumer in consumers
        if consumer.handlers
    ]
    bells = [bus.consume(bell.name, bell.subjects, bell.ring, stop) for bell in doorbells]
    # one that breaks ends all: whoever starts them again must not start those a second time that went on
    async with asyncio.TaskGroup() as group:
        for reading in (*loops, *bells):
            group.create_task(reading)


def _subjects(consumer: Consumer) -> frozenset[str]:
    return frozenset(handler.subject for handler in consumer.handlers)


def _dispatch(consumer: Consumer) -> Callable[[Envelope], Awaitable[None]]:
    by_subject = {handler.subject: handler for handler in consumer.handlers}

    async def handle(envelope: Envelope) -> None:
        await handle_once(consumer.database, consumer.name, by_subject[envelope.subject], envelope)

    return handle
