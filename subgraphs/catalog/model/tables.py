"""The schema's declarative class, and the read model of tenants."""

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kernel.database import TenantOwned, context_metadata


class CatalogTable(DeclarativeBase):
    """Tables of the schema `catalog`."""

    metadata = context_metadata("catalog")


class TenantCurrency(TenantOwned, CatalogTable):
    """From identity's events: the currency of the tenant's prices."""

    __tablename__ = "tenant_currency"

    currency: Mapped[str] = mapped_column(Text)
