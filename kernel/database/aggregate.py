"""Mapped aggregates: rows with a tenant, behaviour, and the events they raise."""

from uuid import UUID

from sqlalchemy import MetaData, Uuid
from sqlalchemy.orm import Mapped, mapped_column, object_session

from kernel.events import Event

#: where a session keeps the aggregates that raised events
RAISED_BY = "raised_by"


def context_metadata(schema: str) -> MetaData:
    """Metadata of one context: every table lives in the context's own schema."""
    return MetaData(schema=schema)


class TenantOwned:
    """Mixin of every mapped class: the row belongs to one tenant and its primary key starts with it."""

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


class Aggregate(TenantOwned):
    """Mixin of a mapped class that raises events; the transaction turns them into outbox rows."""

    def record(self, event: Event) -> None:
        """Raise `event`; it leaves with the commit of the transaction that changed this aggregate."""
        pending: list[Event] = self.__dict__.setdefault("_raised_events", [])
        pending.append(event)
        session = object_session(self)
        if session is not None:
            # a session refers weakly to what is not changed, and the event would go with it
            session.info.setdefault(RAISED_BY, []).append(self)

    def release_events(self) -> list[Event]:
        """Hand over and forget the raised events."""
        released: list[Event] = self.__dict__.pop("_raised_events", [])
        return released
