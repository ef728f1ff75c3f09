"""Which store a location belongs to: who works at stores changes stock only there."""

from alembic import op

revision = "inventory_0002"
down_revision = "inventory_0001"


def upgrade() -> None:
    """Locations that are there already belong to no store until they are assigned."""
    op.execute("ALTER TABLE inventory.stock_location ADD COLUMN store_id uuid")
