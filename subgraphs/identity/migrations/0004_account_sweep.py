"""The worker looks through the users of all tenants for accounts that are gone."""

from kernel.database.security import grant_to_worker

revision = "identity_0004"
down_revision = "identity_0003"


def upgrade() -> None:
    """Read only."""
    grant_to_worker("identity", '"user"', "SELECT")
