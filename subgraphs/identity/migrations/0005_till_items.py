"""What tills send in batches, once each."""

from alembic import op

from kernel.database.security import fence_by_tenant

revision = "identity_0005"
down_revision = "identity_0004"


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        CREATE TABLE identity.till_item (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            batch_id uuid NOT NULL,
            device_id uuid NOT NULL,
            cashier text NOT NULL,
            kind text NOT NULL,
            occurred_at timestamptz NOT NULL,
            body text NOT NULL,
            received_at timestamptz NOT NULL,
            status text CHECK (status IN ('ACCEPTED', 'REJECTED', 'NEEDS_REVIEW')),
            code text,
            field text,
            reason text,
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("CREATE INDEX till_item_by_device ON identity.till_item (tenant_id, device_id, received_at)")
    fence_by_tenant("identity", ["till_item"])
