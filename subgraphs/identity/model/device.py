"""A till or scanner of a store, known by the key it alone holds."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from subgraphs.identity.errors import DeviceRefused, Invalid
from subgraphs.identity.events import DeviceEnrolled, DeviceRevoked
from subgraphs.identity.model.tables import IdentityTable

_MAX_NAME_LENGTH = 80
_COORDINATE_LENGTH = 43


class DeviceStatus(StrEnum):
    """Whether requests of the device count."""

    ENROLLED = "ENROLLED"
    REVOKED = "REVOKED"


class Device(Aggregate, IdentityTable):
    """One device of one store. It is never enrolled again after it was revoked: it takes a new key to come back."""

    __tablename__ = "device"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    store_id: Mapped[UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(Text)
    key_x: Mapped[str] = mapped_column(Text)
    key_y: Mapped[str] = mapped_column(Text)
    thumbprint: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    enrolled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    enrolled_by: Mapped[str] = mapped_column(Text)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[str | None] = mapped_column(Text)
    last_seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def enroll(cls, tenant_id: UUID, *, store_id: UUID, name: str, key_x: str, key_y: str, by: str) -> "Device":
        """A new device; `by` is the subject of whoever enrols it.

        Raises:
            Invalid: the name is empty or too long, or the key is no point of P-256.
        """
        plain = name.strip()
        if not plain or len(plain) > _MAX_NAME_LENGTH:
            raise Invalid(f"is a text of at most {_MAX_NAME_LENGTH} characters", field=("input", "name"))
        device = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            store_id=store_id,
            name=plain,
            key_x=key_x,
            key_y=key_y,
            thumbprint=thumbprint_of(key_x, key_y),
            status=DeviceStatus.ENROLLED,
            enrolled_at=utcnow(),
            enrolled_by=by,
        )
        device.record(DeviceEnrolled(device_id=device.id, store_id=store_id, thumbprint=device.thumbprint))
        return device

    def revoke(self, *, by: str) -> None:
        """Make every request of the device count for nothing; revoking twice is one revocation."""
        if self.status == DeviceStatus.REVOKED:
            return
        self.status = DeviceStatus.REVOKED
        self.revoked_at = utcnow()
        self.revoked_by = by
        self.record(DeviceRevoked(device_id=self.id, store_id=self.store_id))

    def require_enrolled(self) -> None:
        """Note that the device is in use, to the hour.

        Raises:
            DeviceRefused: the device was revoked.
        """
        if self.status != DeviceStatus.ENROLLED:
            raise DeviceRefused("this device was revoked", field=("input", "deviceId"))
        # to the hour: a till is used all day, and nobody needs to know the minute
        hour = utcnow().replace(minute=0, second=0, microsecond=0)
        if self.last_seen_at is None or self.last_seen_at < hour:
            self.last_seen_at = hour


def thumbprint_of(key_x: str, key_y: str) -> str:
    """The RFC 7638 thumbprint of a public key on P-256.

    Raises:
        Invalid: the coordinates are no point of the curve.
    """
    if len(key_x) != _COORDINATE_LENGTH or len(key_y) != _COORDINATE_LENGTH:
        raise Invalid("is not a key on P-256", field=("input", "publicKey"))
    try:
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": key_x, "y": key_y})
        # coordinates that are no point are found out when the key is first used
        return str(key.public_key and key.thumbprint())
    except (JoseError, ValueError):
        raise Invalid("is not a key on P-256", field=("input", "publicKey")) from None
