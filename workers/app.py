"""Composition root of the worker process: relay, consumers, doorbell actors, saga sweeper, health and metrics.

`retailflow serve worker` runs it. Everything asynchronous lives in one event loop; Dramatiq's threads only ring there.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import dramatiq
from starlette.applications import Starlette

from kernel.asgi import service_app
from kernel.clock import pause
from kernel.events import EventHandler
from kernel.telemetry import configure_logging, get_logger
from subgraphs.catalog import app as catalog
from subgraphs.identity import app as identity
from subgraphs.inventory import app as inventory
from subgraphs.orders import app as orders
from subgraphs.payments import app as payments
from workers import notifications
from workers.account_sync import sweep_forever as sweep_accounts
from workers.account_sync import sync_forever as sync_accounts
from workers.broker import loop_runner, watch_consumers
from workers.checkout_saga import actors as checkout_saga
from workers.checkout_saga.saga import SagaDeps
from workers.checkout_saga.sweeper import sweep_forever as sweep_sagas
from workers.event_consumers import Consumer, Doorbell, run_consumers
from workers.notifications import Deliveries, MailSettings, OrderConfirmations, SmtpMailer
from workers.outbox_relay import OutboxRelay
from workers.parts import OWN, WorkerParts, opened_parts
from workers.payment_refunds import refund_forever
from workers.search_index import search_index_consumer
from workers.settings import WorkerSettings

log = get_logger(__name__)
SERVICE: Final = "worker"
_RESTART_SECONDS: Final = 1.0
_TRIM_SECONDS: Final = 30.0
_FETCH_MILLISECONDS: Final = 100

_HANDLERS: Final[Mapping[str, tuple[EventHandler, ...]]] = {
    "identity": identity.HANDLERS,
    "catalog": catalog.HANDLERS,
    "inventory": inventory.HANDLERS,
    "orders": orders.HANDLERS,
    "payments": payments.HANDLERS,
}
Task = Callable[[asyncio.Event], Awaitable[None]]


def create_app() -> Starlette:
    """The worker as an ASGI application: its lifespan runs the work."""
    settings = WorkerSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    configure_logging(SERVICE, level=settings.log_level)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with opened_parts(settings) as parts, _working(settings, parts):
            app.state.parts = parts
            yield

    async def database_answers() -> None:
        await app.state.parts.crossing["orders"].ping()

    async def bus_answers() -> None:
        await app.state.parts.bus.ping()

    async def broker_answers() -> None:
        await asyncio.to_thread(app.state.parts.broker.client.ping)

    app = service_app(
        service=SERVICE,
        routes=[],
        lifespan=lifespan,
        readiness={"database": database_answers, "event_bus": bus_answers, "broker": broker_answers},
    )
    return app


@asynccontextmanager
async def _working(settings: WorkerSettings, parts: WorkerParts) -> AsyncGenerator[None]:
    """Start the background tasks and Dramatiq's threads; stop them when the process ends."""
    stop = asyncio.Event()
    refunds = payments.build_refund_runner(parts.serving["payments"], parts.crossing["payments"])
    accounts = identity.build_account_sync(parts.serving["identity"], parts.crossing["identity"])
    search = catalog.build_search(catalog.SearchSettings())
    worker = dramatiq.Worker(parts.broker, worker_threads=settings.actor_threads, worker_timeout=_FETCH_MILLISECONDS)
    tasks: dict[str, Task] = {
        "outbox_relay": OutboxRelay(parts.crossing, parts.bus, parts.listen_url).run,
        "account_sweep": lambda ended: sweep_accounts(accounts, ended),
        "account_sync": lambda ended: sync_accounts(accounts, ended),
        "payment_refunds": lambda ended: refund_forever(refunds, ended),
        "bus_trimmer": lambda ended: _trim_forever(parts, ended),
        "consumer_watch": lambda ended: watch_consumers(worker, ended),
        **_consuming(parts, search_index_consumer(search, parts.serving["catalog"])),
    }
    worker.start()
    running = [asyncio.create_task(_kept_running(name, task, stop), name=name) for name, task in tasks.items()]
    try:
        yield
    finally:
        stop.set()
        await asyncio.to_thread(worker.stop)
        await asyncio.gather(*running)
        parts.broker.close()
        await refunds.close()
        await accounts.close()
        await search.close()


def _consuming(parts: WorkerParts, search: Consumer) -> dict[str, Task]:
    """The consumers, the actors they ring, and the sweepers that need no bell."""
    run_in_loop = loop_runner(asyncio.get_running_loop())
    saga = SagaDeps(orders.SagaStore(parts.crossing["orders"]), parts.saga_client)
    checkouts = checkout_saga.declare_actors(parts.broker, saga, run_in_loop)
    mail = MailSettings()
    deliveries = Deliveries(parts.crossing[OWN])
    confirmations = OrderConfirmations(deliveries, parts.mail_client, SmtpMailer(mail), sender=mail.mail_sender)
    ring = notifications.doorbell(notifications.declare_actors(parts.broker, confirmations, run_in_loop))
    consumers = [
        *(Consumer(name, handlers, parts.serving[name]) for name, handlers in _HANDLERS.items()),
        search,
        notifications.notifications_consumer(ring, parts.serving[OWN]),
    ]
    doorbells = [Doorbell("checkout_saga", checkout_saga.SUBJECTS, checkout_saga.doorbell(checkouts))]
    return {
        "event_consumers": lambda ended: run_consumers(consumers, doorbells, parts.bus, ended),
        "saga_sweeper": lambda ended: sweep_sagas(saga, ended),
        "notification_sweeper": lambda ended: notifications.sweep_forever(confirmations, ended),
    }


async def _kept_running(name: str, task: Task, stop: asyncio.Event) -> None:
    """A task that fails is started again: none of them may silently stop."""
    while not stop.is_set():
        try:
            await task(stop)
        except Exception:
            log.exception("worker_task_failed", task=name)
            await pause(stop, _RESTART_SECONDS)


async def _trim_forever(parts: WorkerParts, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await pause(stop, _TRIM_SECONDS)
        await parts.bus.trim()
