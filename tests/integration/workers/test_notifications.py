import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import dramatiq
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import text

from kernel import events
from kernel.clock import utcnow
from kernel.database import Database
from kernel.errors import Unavailable
from kernel.events import Actor
from kernel.ids import encode_global_id, uuid7
from kernel.inbox import handle_once
from subgraphs.orders.events import OrderConfirmed
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from workers.notifications import (
    Deliveries,
    MailSettings,
    OrderConfirmations,
    SmtpMailer,
    declare_actors,
    doorbell,
    notifications_consumer,
    sweep_forever,
)
from workers.notifications.confirmations import MAX_ATTEMPTS

TENANT = UUID("01920000-0000-7000-8000-000000000001")
ADDRESS = "ada@example.test"


class FakeGraph:
    """Answers the two questions of the sender from memory."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, UUID]] = []
        self.down = False

    def place(self, order_id: UUID, **changes: Any) -> None:
        lines = [
            {"title": "Oak Lamp <b>", "sku": "LMP-1", "quantity": 2, "total": {"amount": "25.00"}},
            {"title": "Delivery", "sku": "POST", "quantity": 1, "total": {"amount": "4.00"}},
        ]
        self.orders[encode_global_id("Order", order_id)] = {
            "number": "2026-000017",
            "email": ADDRESS,
            "placedAt": utcnow().isoformat(),
            "createdAt": utcnow().isoformat(),
            "total": {"amount": "29.00", "currencyCode": "GBP"},
            "lines": {"totalCount": 2, "nodes": lines},
            **changes,
        }

    async def call(self, subgraph: str, document: str, variables: Mapping[str, Any], *, tenant_id: UUID) -> Any:
        del document
        self.asked.append((subgraph, tenant_id))
        if self.down:
            raise Unavailable("the subgraph does not answer")
        if subgraph == "identity":
            return {"tenant": {"name": "Lumen & Sons"}}
        return {"order": self.orders.get(str(variables["id"]))}


@dataclass(slots=True)
class Mailbox:
    """A real SMTP server on a free port; `answers` are given before it accepts."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(email.message_from_bytes(envelope.content or b"", policy=email.policy.default))
        return "250 OK"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()
    await server.wait_closed()


@dataclass(frozen=True, slots=True)
class Desk:
    """The notifications worker with a real database and a real SMTP server, and the graph it asks."""

    app: Database
    worker: Database
    graph: FakeGraph
    mailbox: Mailbox
    confirmations: OrderConfirmations

    async def noted(self, **changes: Any) -> UUID:
        """A confirmed order whose event was consumed; the event's id."""
        order_id = uuid7()
        self.graph.place(order_id, **changes)
        envelope = confirmed(order_id)
        await self.consume(envelope, Bells())
        return envelope.id

    async def consume(self, envelope: events.Envelope, ring: Callable[[UUID, UUID], None]) -> bool:
        consumer = notifications_consumer(ring, self.app)
        return await handle_once(self.app, consumer.name, consumer.handlers[0], envelope)

    async def state(self, event_id: UUID) -> tuple[str, str | None, int]:
        query = text("SELECT state, reason, attempts FROM workers.notification_delivery WHERE event_id = :id")
        async with self.worker.across_tenants() as session:
            row = (await session.execute(query, {"id": event_id})).one()
        return row.state, row.reason, row.attempts

    async def make_due(self, event_id: UUID) -> None:
        times = "next_attempt_at = now(), lease_until = now()"
        statement = text(f"UPDATE workers.notification_delivery SET {times} WHERE event_id = :id")
        async with self.worker.across_tenants() as session:
            await session.execute(statement, {"id": event_id})


@pytest.fixture
async def desk(provisioned_database: ProvisionedDatabase, mailbox: Mailbox) -> AsyncIterator[Desk]:
    app, worker = (provisioned_database.connect(f"workers_{kind}") for kind in ("app", "worker"))
    graph = FakeGraph()
    mailer = SmtpMailer(MailSettings(smtp_port=mailbox.port))
    confirmations = OrderConfirmations(Deliveries(worker), graph, mailer, sender="orders@lumen.example")
    yield Desk(app, worker, graph, mailbox, confirmations)
    async with worker.across_tenants() as session:
        await session.execute(text("UPDATE workers.notification_delivery SET state = 'SKIPPED'"))
    await app.close()
    await worker.close()


def confirmed(order_id: UUID, tenant_id: UUID = TENANT) -> events.Envelope:
    fact = OrderConfirmed(order_id=order_id, number="2026-000017", total_minor=2900, currency="GBP")
    return events.Envelope(
        id=uuid7(),
        subject=fact.subject,
        tenant_id=tenant_id,
        occurred_at=utcnow(),
        key=order_id,
        correlation_id="c",
        actor=Actor(service="orders"),
        data=fact.model_dump(mode="json", by_alias=True),
    )


class Bells:
    """Remembers what was rung for."""

    def __init__(self) -> None:
        self.rung: list[tuple[UUID, UUID]] = []

    def __call__(self, tenant_id: UUID, event_id: UUID) -> None:
        self.rung.append((tenant_id, event_id))


async def test_a_confirmed_order_rings_once_its_delivery_is_committed(desk: Desk):
    bells = Bells()
    envelope = confirmed(uuid7())
    seen: list[bool] = []

    first = await desk.consume(envelope, lambda *ids: (bells(*ids), seen.append(True))[0])
    again = await desk.consume(envelope, bells)

    assert (first, again) == (True, False)
    assert bells.rung == [(TENANT, envelope.id)]
    assert await desk.state(envelope.id) == ("PENDING", None, 0)


async def test_a_consumer_that_fails_notes_nothing_and_rings_for_nothing(desk: Desk):
    bells = Bells()
    envelope = confirmed(uuid7())
    consumer = notifications_consumer(bells, desk.app)

    async def failing(tx: Any, given: events.Envelope) -> None:
        await consumer.handlers[0].handle(tx, given)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await handle_once(desk.app, consumer.name, events.EventHandler(envelope.subject, failing), envelope)

    assert bells.rung == []
    async with desk.worker.across_tenants() as session:
        query = text("SELECT count(*) FROM workers.notification_delivery WHERE event_id = :id")
        assert (await session.execute(query, {"id": envelope.id})).scalar_one() == 0


async def test_the_customer_gets_a_readable_mail(desk: Desk):
    event_id = await desk.noted()

    await desk.confirmations.send(TENANT, event_id)

    [mail] = desk.mailbox.mails
    assert (mail["To"], mail["From"]) == (ADDRESS, "Lumen & Sons <orders@lumen.example>")
    assert mail["Subject"] == "Your order 2026-000017 is confirmed"
    assert mail["Message-ID"] == f"<{event_id.hex}@lumen.example>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "2 x Oak Lamp <b> (LMP-1): 25.00 GBP" in plain.get_content().splitlines()
    assert "Total: 29.00 GBP" in plain.get_content().splitlines()
    assert "Oak Lamp &lt;b&gt;" in html.get_content()
    assert "Oak Lamp <b>" not in html.get_content()
    assert await desk.state(event_id) == ("SENT", None, 1)
    assert desk.graph.asked == [("orders", TENANT), ("identity", TENANT)]


async def test_bells_and_sweeps_after_the_mail_send_no_second_one(desk: Desk):
    event_id = await desk.noted()

    await asyncio.gather(
        *(desk.confirmations.send(TENANT, event_id) for _ in range(5)), desk.confirmations.send_due(10)
    )
    await desk.make_due(event_id)
    await desk.confirmations.send(TENANT, event_id)

    assert len(desk.mailbox.mails) == 1


async def test_a_sender_that_died_is_followed_by_one_with_the_same_message_id(desk: Desk):
    event_id = await desk.noted()
    deliveries = Deliveries(desk.worker)
    dead = await deliveries.claim(TENANT, event_id)
    held = await deliveries.claim(TENANT, event_id)
    await desk.make_due(event_id)

    swept = await desk.confirmations.send_due(10)

    assert dead is not None
    assert held is None
    assert swept == 1
    assert [mail["Message-ID"] for mail in desk.mailbox.mails] == [f"<{event_id.hex}@lumen.example>"]
    assert await desk.state(event_id) == ("SENT", None, 2)


async def test_a_sender_that_lost_its_lease_records_nothing(desk: Desk):
    event_id = await desk.noted()
    slow = await Deliveries(desk.worker).claim(TENANT, event_id)
    assert slow is not None
    await desk.make_due(event_id)
    await desk.confirmations.send(TENANT, event_id)
    before = await desk.state(event_id)

    desk.graph.orders.clear()
    await desk.confirmations.deliver(slow)

    assert before == ("SENT", None, 2)
    assert await desk.state(event_id) == before


@pytest.mark.parametrize(("answer", "reason"), [("451 busy", "SMTP 451"), ("421 closing", "SMTP 421")])
async def test_a_server_that_asks_for_patience_gets_the_mail_later(
    desk: Desk,
    answer: str,
    reason: str,
):
    event_id = await desk.noted()
    desk.mailbox.answers = [answer]

    await desk.confirmations.send(TENANT, event_id)
    waiting = await desk.state(event_id)
    await desk.confirmations.send(TENANT, event_id)
    too_early = len(desk.mailbox.mails)
    await desk.make_due(event_id)
    await desk.confirmations.send_due(10)

    assert waiting == ("PENDING", reason, 1)
    assert too_early == 0
    assert await desk.state(event_id) == ("SENT", None, 2)


async def test_a_mail_the_server_refuses_is_not_tried_again(desk: Desk):
    event_id = await desk.noted()
    desk.mailbox.answers = ["554 no"]

    await desk.confirmations.send(TENANT, event_id)
    await desk.make_due(event_id)
    await desk.confirmations.send_due(10)

    assert desk.mailbox.mails == []
    assert await desk.state(event_id) == ("FAILED", "SMTP 554", 1)


async def test_a_graph_that_does_not_answer_is_asked_again_until_the_attempts_are_used_up(desk: Desk):
    event_id = await desk.noted()
    desk.graph.down = True

    for _ in range(MAX_ATTEMPTS + 2):
        await desk.confirmations.send(TENANT, event_id)
        await desk.make_due(event_id)

    assert await desk.state(event_id) == ("FAILED", "UNAVAILABLE", MAX_ATTEMPTS)
    assert desk.mailbox.mails == []


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({"email": None}, ("SKIPPED", "no address", 1)),
        ({"placedAt": "2010-12-01T08:26:00Z"}, ("SKIPPED", "placed long before", 1)),
        ({"placedAt": (utcnow() - timedelta(days=6)).isoformat()}, ("SENT", None, 1)),
        ({"email": "nobody"}, ("FAILED", "unusable address", 1)),
        ({"email": "a@b.test\r\nBcc: all@b.test"}, ("FAILED", "unusable address", 1)),
        ({"email": "a@b.test, c@d.test"}, ("FAILED", "unusable address", 1)),
    ],
)
async def test_who_cannot_or_need_not_be_told_gets_no_mail(
    desk: Desk,
    changes: dict[str, Any],
    settled: tuple[str, str | None, int],
):
    event_id = await desk.noted(**changes)

    await desk.confirmations.send(TENANT, event_id)

    assert await desk.state(event_id) == settled
    assert len(desk.mailbox.mails) == (settled[0] == "SENT")


async def test_another_tenants_role_sees_no_delivery(desk: Desk):
    await desk.noted()

    async with behind_the_api(desk.app, uuid7()) as session:
        assert (await session.execute(text("SELECT count(*) FROM workers.notification_delivery"))).scalar_one() == 0


async def test_a_message_is_a_doorbell_with_ids_and_no_personal_data(desk: Desk):
    broker = StubBroker()
    loop = asyncio.get_running_loop()
    actor = declare_actors(
        broker, desk.confirmations, lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(timeout=10)
    )
    ring = doorbell(actor)
    order_id = uuid7()
    desk.graph.place(order_id)
    envelope = confirmed(order_id)

    await desk.consume(envelope, ring)
    message = await asyncio.to_thread(broker.queues["notifications"].get, timeout=10)
    await asyncio.to_thread(actor, *dramatiq.Message.decode(message).args)

    assert json.loads(message)["args"] == [str(TENANT), str(envelope.id)]
    assert len(desk.mailbox.mails) == 1
    assert (await desk.state(envelope.id))[0] == "SENT"
    broker.close()


async def test_the_sweeper_sends_what_no_bell_rang_for(desk: Desk):
    event_ids = [await desk.noted() for _ in range(6)]
    stop = asyncio.Event()
    sweeping = asyncio.create_task(sweep_forever(desk.confirmations, stop, pause_seconds=0.01))

    async with asyncio.timeout(10):
        while [await desk.state(event_id) for event_id in event_ids] != [("SENT", None, 1)] * 6:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    stop.set()
    await sweeping

    assert len(desk.mailbox.mails) == 6


async def test_no_log_line_names_the_customer(
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level("DEBUG")
    desk.mailbox.answers = [f"554 <{ADDRESS}> is unknown here"]
    event_ids = [await desk.noted() for _ in range(2)]

    for event_id in event_ids:
        await desk.confirmations.send(TENANT, event_id)

    # the mail server of the test logs its own conversation
    ours = "\n".join(f"{record.msg} {record.exc_text}" for record in caplog.records if record.name != "mail.log")
    assert "order_confirmation_settled" in ours
    assert ADDRESS not in ours
