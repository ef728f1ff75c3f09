"""Tills, PINs and approvals."""

from alembic import op

from kernel.database.security import fence_by_tenant

revision = "identity_0002"
down_revision = "identity_0001"


def upgrade() -> None:
    """Create their tables, and find users by e-mail address."""
    op.execute("""
        CREATE TABLE identity.device (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            store_id uuid NOT NULL,
            name text NOT NULL,
            key_x text NOT NULL,
            key_y text NOT NULL,
            thumbprint text NOT NULL,
            status text NOT NULL CHECK (status IN ('ENROLLED', 'REVOKED')),
            enrolled_at timestamptz NOT NULL,
            enrolled_by text NOT NULL,
            revoked_at timestamptz,
            revoked_by text,
            last_seen_at timestamptz,
            version integer NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, thumbprint)
        )""")
    op.execute("CREATE INDEX device_by_age ON identity.device (tenant_id, enrolled_at, id)")
    op.execute("CREATE INDEX device_by_store ON identity.device (tenant_id, store_id, enrolled_at, id)")
    op.execute("""
        CREATE TABLE identity.pin (
            tenant_id uuid NOT NULL,
            subject text NOT NULL,
            stored text NOT NULL,
            failures integer NOT NULL,
            locked_at timestamptz,
            set_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, subject)
        )""")
    op.execute("""
        CREATE TABLE identity.approval (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            device_id uuid NOT NULL,
            cashier text NOT NULL,
            approver text NOT NULL,
            action text NOT NULL,
            reference text NOT NULL,
            reason text NOT NULL,
            granted_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            consumed_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute('CREATE INDEX user_by_email ON identity."user" (tenant_id, lower(email))')
    fence_by_tenant("identity", ["device", "pin", "approval"])
