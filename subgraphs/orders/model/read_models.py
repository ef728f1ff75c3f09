"""What orders knows of other contexts, from their events."""

from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database.aggregate import TenantOwned
from subgraphs.orders.model.tables import OrdersTable


class Variant(TenantOwned, OrdersTable):
    """A variant of catalog, as of `product_version`."""

    __tablename__ = "variant"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid)
    sku: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    price: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool]
    product_version: Mapped[int]


class UserReference(TenantOwned, OrdersTable):
    """Which user of identity a token's subject is."""

    __tablename__ = "user_reference"

    keycloak_id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid)
