"""Mails to send and the workers' event tables (their inbox)."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant, grant_to_worker

revision = "workers_0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.execute("""
        CREATE TABLE workers.notification_delivery (
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL,
            channel text NOT NULL,
            subject_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('PENDING', 'SENDING', 'SENT', 'SKIPPED', 'FAILED')),
            attempts integer NOT NULL DEFAULT 0,
            next_attempt_at timestamptz NOT NULL DEFAULT now(),
            lease_until timestamptz,
            reason text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, event_id, channel)
        )""")
    op.execute("""
        CREATE INDEX notification_delivery_due ON workers.notification_delivery (next_attempt_at)
        WHERE state IN ('PENDING', 'SENDING')""")
    fence_by_tenant("workers", ["notification_delivery"])
    grant_to_worker("workers", "notification_delivery")
    create_event_tables("workers")
