"""The unit of work: an ORM session of one tenant, the caller, and the events to publish with the commit."""

from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from kernel.database.aggregate import RAISED_BY, Aggregate
from kernel.errors import Unauthenticated
from kernel.events import Event
from kernel.identity import Principal
from kernel.outbox import append_to_outbox


class Transaction:
    """What a use case gets: `session` to load and store aggregates, `principal`, `tenant_id`, `publish`."""

    def __init__(self, session: AsyncSession, principal: Principal, *, causation_id: UUID | None = None) -> None:
        if principal.tenant_id is None:
            raise Unauthenticated("the caller has no tenant")
        self.session = session
        self.principal = principal
        self.tenant_id: UUID = principal.tenant_id
        self.causation_id = causation_id
        self._published: list[Event] = []

    def publish(self, *events: Event) -> None:
        """Raise facts that belong to no loaded aggregate (set-based updates)."""
        self._published.extend(events)

    def released_events(self) -> list[Event]:
        """Hand over what `publish` collected."""
        released, self._published = self._published, []
        return released


class EventSink:
    """Collects the events of aggregates as they are flushed, before the session may forget them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._collected: list[Event] = []
        sqlalchemy_event.listen(session.sync_session, "before_flush", self._before_flush)

    async def write_outbox(self, tx: Transaction) -> None:
        """Flush the state and insert its events into the outbox of the same schema."""
        await self._session.flush()
        self._collect([*self._session.identity_map.values(), *self._session.info.pop(RAISED_BY, ())])
        events = [*self._collected, *tx.released_events()]
        self._collected = []
        if events:
            await append_to_outbox(tx, events)

    def _before_flush(self, session: Session, *_: object) -> None:
        self._collect([*session.new, *session.dirty, *session.deleted])

    def _collect(self, instances: list[object]) -> None:
        for instance in instances:
            if isinstance(instance, Aggregate):
                self._collected.extend(instance.release_events())
