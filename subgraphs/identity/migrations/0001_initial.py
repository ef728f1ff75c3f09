"""Tenants, users, and the event tables."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant

revision = "identity_0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.execute("""
        CREATE TABLE identity.tenant (
            tenant_id uuid PRIMARY KEY,
            slug text NOT NULL UNIQUE,
            name text NOT NULL,
            currency char(3) NOT NULL,
            created_at timestamptz NOT NULL,
            version integer NOT NULL
        )""")
    op.execute("""
        CREATE TABLE identity."user" (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            keycloak_id text NOT NULL,
            email text NOT NULL,
            display_name text NOT NULL,
            roles text[] NOT NULL,
            is_active boolean NOT NULL,
            created_at timestamptz NOT NULL,
            version integer NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, keycloak_id)
        )""")
    op.execute('CREATE INDEX user_by_age ON identity."user" (tenant_id, created_at, id)')
    fence_by_tenant("identity", ["tenant", '"user"'])
    create_event_tables("identity")
