"""Categories."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from subgraphs.catalog.model.tables import CatalogTable
from subgraphs.catalog.model.wording import checked_line, checked_slug


class Category(Aggregate, CatalogTable):
    """A shelf of the shop; categories form a tree."""

    __tablename__ = "category"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def create(cls, tenant_id: UUID, *, slug: str, name: str, parent_id: UUID | None) -> "Category":
        """A new category.

        Raises:
            Invalid: the slug or the name breaks a rule.
        """
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            slug=checked_slug(slug),
            name=checked_line(name, "name"),
            parent_id=parent_id,
            created_at=utcnow(),
        )
