"""The sequence of changes that tills follow (ADR 0018).

A trigger numbers every product that a statement writes, so no way of writing can forget it. The counter's row stays
locked until the transaction ends: numbers of one tenant become visible in their order, and without gaps.
"""

from alembic import op

from kernel.database.security import fence_by_tenant

revision = "catalog_0003"
down_revision = "catalog_0002"

_TABLES = """
    CREATE TABLE catalog.feed (
        tenant_id uuid PRIMARY KEY,
        epoch uuid NOT NULL DEFAULT gen_random_uuid(),
        sequence bigint NOT NULL
    );
    CREATE TABLE catalog.product_change (
        tenant_id uuid NOT NULL,
        product_id uuid NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (tenant_id, product_id),
        UNIQUE (tenant_id, sequence),
        FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id)
    )
"""

_NUMBER = """
    CREATE FUNCTION catalog.number_changes() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog AS $$
    BEGIN
        INSERT INTO catalog.feed AS known (tenant_id, sequence)
        SELECT changed.tenant_id, count(*) FROM changed GROUP BY changed.tenant_id
        ON CONFLICT (tenant_id) DO UPDATE SET sequence = known.sequence + excluded.sequence;
        INSERT INTO catalog.product_change AS known (tenant_id, product_id, sequence)
        SELECT changed.tenant_id, changed.id, feed.sequence + 1 - row_number() OVER (
            PARTITION BY changed.tenant_id ORDER BY changed.id DESC)
        FROM changed JOIN catalog.feed AS feed ON feed.tenant_id = changed.tenant_id
        ON CONFLICT (tenant_id, product_id) DO UPDATE SET sequence = excluded.sequence;
        RETURN NULL;
    END $$
"""

_BACKFILL = """
    INSERT INTO catalog.product_change (tenant_id, product_id, sequence)
    SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) FROM catalog.product;
    INSERT INTO catalog.feed (tenant_id, sequence)
    SELECT tenant_id, max(sequence) FROM catalog.product_change GROUP BY tenant_id
"""


def upgrade() -> None:
    """Number what there is, and everything from now on."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    # the fence would hide every product from the owner, who has no tenant
    op.execute("ALTER TABLE catalog.product NO FORCE ROW LEVEL SECURITY")
    for statement in _BACKFILL.split(";"):
        op.execute(statement)
    op.execute("ALTER TABLE catalog.product FORCE ROW LEVEL SECURITY")
    fence_by_tenant("catalog", ["feed", "product_change"])
    op.execute(_NUMBER)
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER number_changes_after_{event.lower()} AFTER {event} ON catalog.product "
            "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog.number_changes()"
        )
