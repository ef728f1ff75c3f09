"""Dramatiq on Redis, tuned so that a message is only a doorbell (security.md §3.2)."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, ShutdownNotifications

from kernel.telemetry import get_logger

log = get_logger(__name__)
_HEARTBEAT_MILLISECONDS: Final = 15_000
#: look for messages of dead workers at every command; the default of 0.1 % takes minutes on an idle queue
_ALWAYS: Final = 1_000_000
_WATCH_SECONDS: Final = 2.0

RunInLoop = Callable[[Coroutine[Any, Any, None]], None]


def build_broker(url: str) -> RedisBroker:
    """A broker without retries, results or delays: those live in PostgreSQL."""
    middleware = [AgeLimit(), ShutdownNotifications(), Callbacks()]
    return RedisBroker(
        url=url, middleware=middleware, heartbeat_timeout=_HEARTBEAT_MILLISECONDS, maintenance_chance=_ALWAYS
    )


def loop_runner(loop: asyncio.AbstractEventLoop) -> RunInLoop:
    """Lets an actor's thread run a coroutine where the pools and sessions live: in the process's one event loop."""

    def run(work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, loop)
        future.result()

    return run


async def watch_consumers(worker: dramatiq.Worker, stop: asyncio.Event) -> None:
    """End the process when a consumer thread died: Dramatiq would go on looking healthy and do nothing."""
    while not stop.is_set():
        await asyncio.sleep(_WATCH_SECONDS)
        threads: list[threading.Thread] = [*worker.consumers.values(), *worker.workers]
        dead = [thread.name for thread in threads if not thread.is_alive()]
        if dead and not stop.is_set():
            log.error("worker_thread_died", threads=dead)
            os._exit(1)
