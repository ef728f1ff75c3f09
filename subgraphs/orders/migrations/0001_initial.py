"""Carts, orders, returns, checkout sagas, the read models of variants and users, and the event tables."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant, grant_to_worker

revision = "orders_0001"
down_revision = None

_CARTS = """
    CREATE TABLE orders.cart (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        owner text NOT NULL,
        currency char(3) NOT NULL,
        customer_reference text,
        order_id uuid,
        line_count integer NOT NULL,
        next_position integer NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        version integer NOT NULL,
        PRIMARY KEY (tenant_id, id)
    );
    CREATE TABLE orders.cart_line (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        cart_id uuid NOT NULL,
        position integer NOT NULL,
        kind text NOT NULL CHECK (kind IN ('GOODS', 'CHARGE')),
        sku text NOT NULL,
        title text NOT NULL,
        variant_id uuid,
        quantity integer NOT NULL CHECK (quantity > 0),
        unit_price bigint NOT NULL,
        is_price_overridden boolean NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, cart_id, position),
        FOREIGN KEY (tenant_id, cart_id) REFERENCES orders.cart
    )
"""
# the order row comes last in its transaction, so that the lock on the tenant's counter is short: its lines refer
# to it before it is there
_ORDERS = """
    CREATE TABLE orders.order_counter (
        tenant_id uuid PRIMARY KEY,
        last_number bigint NOT NULL
    );
    CREATE TABLE orders."order" (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        number text NOT NULL,
        owner text NOT NULL,
        status text NOT NULL,
        payment_status text NOT NULL,
        fulfillment_status text NOT NULL,
        return_status text NOT NULL,
        currency char(3) NOT NULL,
        total bigint NOT NULL CHECK (total >= 0),
        returned_total bigint NOT NULL CHECK (returned_total BETWEEN 0 AND total),
        refunded_total bigint NOT NULL CHECK (refunded_total >= 0),
        email text,
        country_code char(2) NOT NULL,
        customer_reference text,
        external_reference text,
        placed_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        version integer NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, number),
        CONSTRAINT order_external_reference UNIQUE (tenant_id, external_reference)
    );
    CREATE INDEX order_by_time ON orders."order" (tenant_id, placed_at, id);
    CREATE INDEX order_by_owner ON orders."order" (tenant_id, owner, placed_at, id);
    CREATE TABLE orders.order_line (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        position integer NOT NULL,
        kind text NOT NULL CHECK (kind IN ('GOODS', 'CHARGE')),
        sku text NOT NULL,
        title text NOT NULL,
        variant_id uuid,
        quantity integer NOT NULL CHECK (quantity > 0),
        returned_quantity integer NOT NULL CHECK (returned_quantity BETWEEN 0 AND quantity),
        unit_price bigint NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, order_id, position),
        FOREIGN KEY (tenant_id, order_id) REFERENCES orders."order" DEFERRABLE INITIALLY DEFERRED
    );
    CREATE TABLE orders.order_history (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        type text NOT NULL,
        message text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, order_id) REFERENCES orders."order" DEFERRABLE INITIALLY DEFERRED
    );
    CREATE INDEX order_history_by_order ON orders.order_history (tenant_id, order_id, at, id)
"""
_RETURNS = """
    CREATE TABLE orders.order_return (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        order_id uuid,
        status text NOT NULL,
        currency char(3) NOT NULL,
        refund_total bigint NOT NULL CHECK (refund_total >= 0),
        reason text,
        external_reference text,
        customer_reference text,
        country_code char(2),
        occurred_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT return_external_reference UNIQUE (tenant_id, external_reference),
        FOREIGN KEY (tenant_id, order_id) REFERENCES orders."order"
    );
    CREATE INDEX order_return_by_time ON orders.order_return (tenant_id, occurred_at, id);
    CREATE INDEX order_return_by_order ON orders.order_return (tenant_id, order_id);
    CREATE TABLE orders.order_return_line (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        return_id uuid NOT NULL,
        position integer NOT NULL,
        order_line_id uuid,
        kind text NOT NULL CHECK (kind IN ('GOODS', 'CHARGE')),
        sku text NOT NULL,
        title text NOT NULL,
        variant_id uuid,
        quantity integer NOT NULL CHECK (quantity > 0),
        unit_amount bigint NOT NULL,
        restock boolean NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, return_id, position),
        FOREIGN KEY (tenant_id, return_id) REFERENCES orders.order_return DEFERRABLE INITIALLY DEFERRED
    )
"""
_SAGAS = """
    CREATE TABLE orders.checkout_saga (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        state text NOT NULL,
        step text NOT NULL,
        attempts integer NOT NULL,
        next_run_at timestamptz NOT NULL,
        lease_until timestamptz NOT NULL,
        fence bigint NOT NULL,
        reason text,
        last_error text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        payload jsonb NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, order_id)
    );
    CREATE INDEX checkout_saga_due ON orders.checkout_saga (next_run_at)
        WHERE state IN ('RUNNING', 'COMPENSATING')
"""
_READ_MODELS = """
    CREATE TABLE orders.variant (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        product_id uuid NOT NULL,
        sku text NOT NULL,
        title text NOT NULL,
        price bigint,
        currency char(3),
        is_active boolean NOT NULL,
        product_version integer NOT NULL,
        PRIMARY KEY (tenant_id, id)
    );
    CREATE INDEX variant_by_sku ON orders.variant (tenant_id, sku);
    CREATE INDEX variant_by_product ON orders.variant (tenant_id, product_id);
    CREATE TABLE orders.user_reference (
        tenant_id uuid NOT NULL,
        keycloak_id text NOT NULL,
        user_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, keycloak_id)
    );
    CREATE INDEX user_reference_by_user ON orders.user_reference (tenant_id, user_id)
"""


def upgrade() -> None:
    """Create the first tables."""
    for block in (_CARTS, _ORDERS, _RETURNS, _SAGAS, _READ_MODELS):
        for statement in block.split(";"):
            op.execute(statement)
    fence_by_tenant("orders", ["cart", "cart_line", "order_counter", '"order"', "order_line", "order_return"])
    fence_by_tenant("orders", ["variant", "user_reference"])
    # the app places sagas and shows them; only the worker drives them
    fence_by_tenant("orders", ["order_history", "order_return_line", "checkout_saga"], append_only=True)
    grant_to_worker("orders", "checkout_saga")
    create_event_tables("orders")
