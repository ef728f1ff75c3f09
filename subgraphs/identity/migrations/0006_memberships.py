"""A person may be a user of several tenants with one account: which of its slots a user's tenant has."""

from alembic import op

from kernel.database.security import grant_to_worker

revision = "identity_0006"
down_revision = "identity_0005"


def upgrade() -> None:
    """Slot 0 is the account's first tenant; two tenants never share a slot."""
    op.execute("""
        ALTER TABLE identity."user"
            ADD COLUMN membership_slot smallint NOT NULL DEFAULT 0 CHECK (membership_slot BETWEEN 0 AND 7)""")
    op.execute("""
        CREATE UNIQUE INDEX user_by_membership ON identity."user" (keycloak_id, membership_slot)
            WHERE membership_slot > 0""")
    op.execute('CREATE INDEX user_by_account ON identity."user" (keycloak_id)')
    grant_to_worker("identity", "tenant", "SELECT")
