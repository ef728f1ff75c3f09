"""Locations, levels, movements, reservations, known variants, and the event tables."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant

revision = "inventory_0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    _create_locations_and_levels()
    _create_movements()
    _create_reservations()
    op.execute("""
        CREATE TABLE inventory.known_variant (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )""")
    fence_by_tenant("inventory", ["stock_location", "stock_level", "reservation", "known_variant"])
    fence_by_tenant("inventory", ["stock_movement", "reservation_line"], append_only=True)
    create_event_tables("inventory")


def _create_locations_and_levels() -> None:
    op.execute("""
        CREATE TABLE inventory.stock_location (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            code text NOT NULL,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('WAREHOUSE', 'STORE')),
            created_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, code)
        )""")
    op.execute("""
        CREATE TABLE inventory.stock_level (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            variant_id uuid NOT NULL,
            location_id uuid NOT NULL,
            on_hand integer NOT NULL,
            reserved integer NOT NULL,
            reorder_level integer NOT NULL CHECK (reorder_level >= 0),
            version integer NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, variant_id, location_id),
            FOREIGN KEY (tenant_id, location_id) REFERENCES inventory.stock_location (tenant_id, id),
            CONSTRAINT reserved_is_on_hand CHECK (on_hand >= reserved AND reserved >= 0)
        )""")
    # counters change all the time: room on the page keeps those updates off the indexes (HOT)
    op.execute("ALTER TABLE inventory.stock_level SET (fillfactor = 70)")


def _create_movements() -> None:
    op.execute("""
        CREATE TABLE inventory.stock_movement (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            variant_id uuid NOT NULL,
            location_id uuid NOT NULL,
            delta integer NOT NULL CHECK (delta <> 0),
            reason text NOT NULL CHECK (reason IN (
                'OPENING_BALANCE', 'RECEIVED', 'WRITE_OFF', 'CORRECTION', 'GIFT', 'RETURN', 'SALE')),
            reference text,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            actor text NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("CREATE INDEX movement_by_time ON inventory.stock_movement (tenant_id, occurred_at, id)")
    op.execute("CREATE INDEX movement_by_variant ON inventory.stock_movement (tenant_id, variant_id, occurred_at, id)")


def _create_reservations() -> None:
    op.execute("""
        CREATE TABLE inventory.reservation (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            order_id uuid NOT NULL,
            status text NOT NULL CHECK (status IN ('OPEN', 'COMMITTED', 'RELEASED')),
            created_at timestamptz NOT NULL,
            closed_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, order_id)
        )""")
    op.execute("""
        CREATE TABLE inventory.reservation_line (
            tenant_id uuid NOT NULL,
            reservation_id uuid NOT NULL,
            variant_id uuid NOT NULL,
            location_id uuid NOT NULL,
            quantity integer NOT NULL CHECK (quantity > 0),
            PRIMARY KEY (tenant_id, reservation_id, variant_id, location_id),
            FOREIGN KEY (tenant_id, reservation_id) REFERENCES inventory.reservation (tenant_id, id)
        )""")
