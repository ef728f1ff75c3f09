"""Domain events: past-tense facts with a subject `retail.<domain>.<action>.v1`, in the envelope of domain.md §5."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from kernel.database.transaction import Transaction


class Event(BaseModel):
    """A fact one context publishes. Fields travel in camelCase; no personal data in clear."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    subject: ClassVar[str]

    @property
    def key(self) -> UUID:
        """The ordering key: the id of the aggregate the fact is about."""
        raise NotImplementedError

    @classmethod
    def of(cls, envelope: "Envelope") -> Self:
        """The typed fact inside `envelope`."""
        return cls.model_validate(envelope.data)


class Actor(BaseModel):
    """Who caused the fact: a user or one of our services."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    user_id: str | None = None
    service: str | None = None


class Envelope(BaseModel):
    """What travels on the bus: one fact of one tenant."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    id: UUID
    subject: str
    version: int = 1
    tenant_id: UUID
    store_id: UUID | None = None
    occurred_at: datetime
    key: UUID
    seq: int = 0
    correlation_id: str
    causation_id: UUID | None = None
    actor: Actor
    traceparent: str | None = None
    data: dict[str, object]

    def to_json(self) -> str:
        """The JSON text that travels."""
        return self.model_dump_json(by_alias=True)


@dataclass(frozen=True, slots=True)
class EventHandler:
    """One consumer of one subject; runs inside a transaction that also marks the event as seen."""

    subject: str
    handle: "Callable[[Transaction, Envelope], Awaitable[None]]"


def domain_of(subject: str) -> str:
    """The publishing domain: `retail.order.created.v1` → `order`."""
    return subject.split(".")[1]


def event_schema(event: type[Event]) -> Mapping[str, object]:
    """The JSON Schema of the fact's `data`, published in schema/events/<context>.json."""
    return cast("Mapping[str, object]", event.model_json_schema(by_alias=True, mode="serialization"))
