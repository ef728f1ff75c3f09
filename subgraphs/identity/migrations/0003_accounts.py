"""Users may wait for their account at the identity provider; what accounts are owed."""

from alembic import op

from kernel.database.security import fence_by_tenant, grant_to_worker

revision = "identity_0003"
down_revision = "identity_0002"


def upgrade() -> None:
    """Users get stores and the state of their account, and a queue beside them."""
    op.execute("""
        ALTER TABLE identity."user"
            ALTER COLUMN keycloak_id DROP NOT NULL,
            ADD COLUMN store_ids uuid[] NOT NULL DEFAULT '{}',
            ADD COLUMN account_state text NOT NULL DEFAULT 'IN_STEP'
                CHECK (account_state IN ('PENDING', 'IN_STEP', 'REFUSED'))""")
    op.execute('CREATE INDEX user_by_email_address ON identity."user" (tenant_id, lower(email))')
    op.execute("""
        CREATE TABLE identity.account_task (
            tenant_id uuid NOT NULL,
            user_id uuid NOT NULL,
            revision integer NOT NULL,
            mail_owed text CHECK (mail_owed IN ('INVITATION', 'PASSWORD_RESET')),
            logout_owed boolean NOT NULL,
            next_run_at timestamptz NOT NULL,
            lease_until timestamptz,
            fence integer NOT NULL,
            attempts integer NOT NULL,
            last_error text,
            PRIMARY KEY (tenant_id, user_id)
        )""")
    op.execute("CREATE INDEX account_task_due ON identity.account_task (next_run_at)")
    fence_by_tenant("identity", ["account_task"])
    grant_to_worker("identity", "account_task")
