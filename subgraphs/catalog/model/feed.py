"""Which products changed when, as numbers; a trigger writes both tables (ADR 0018)."""

from uuid import UUID

from sqlalchemy import BigInteger, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import TenantOwned
from subgraphs.catalog.model.tables import CatalogTable


class Feed(TenantOwned, CatalogTable):
    """How many changes the tenant's products had; another `epoch` means that the numbers began anew."""

    __tablename__ = "feed"

    epoch: Mapped[UUID] = mapped_column(Uuid)
    sequence: Mapped[int] = mapped_column(BigInteger)


class ProductChange(TenantOwned, CatalogTable):
    """The number of a product's last change, unique in the tenant."""

    __tablename__ = "product_change"

    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
