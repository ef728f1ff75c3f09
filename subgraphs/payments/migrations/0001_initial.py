"""Payments, refunds, settled orders, work for the provider, and the event tables."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant, grant_to_worker

revision = "payments_0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    _create_payments()
    _create_refunds()
    _create_provider_tasks()
    op.execute("""
        CREATE TABLE payments.order_account (
            tenant_id uuid NOT NULL,
            order_id uuid NOT NULL,
            is_voided boolean NOT NULL,
            PRIMARY KEY (tenant_id, order_id)
        )""")
    fence_by_tenant("payments", ["payment", "refund", "provider_task", "order_account"])
    grant_to_worker("payments", "provider_task")
    create_event_tables("payments")


def _create_payments() -> None:
    op.execute("""
        CREATE TABLE payments.payment (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            order_id uuid NOT NULL,
            status text NOT NULL CHECK (status IN (
                'PENDING', 'COMPLETED', 'FAILED', 'VOIDED', 'REFUNDED', 'PARTIALLY_REFUNDED')),
            is_settled boolean NOT NULL,
            amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
            currency char(3) NOT NULL,
            captured_minor bigint NOT NULL,
            claimed_minor bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            method text NOT NULL CHECK (method IN ('CARD')),
            provider text NOT NULL,
            provider_key text NOT NULL,
            provider_reference text,
            failure_code text,
            attempted_at timestamptz,
            created_at timestamptz NOT NULL,
            version integer NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, provider_key),
            CONSTRAINT refunds_are_captured CHECK (
                0 <= refunded_minor AND refunded_minor <= claimed_minor AND claimed_minor <= captured_minor)
        )""")
    op.execute("CREATE INDEX payment_by_age ON payments.payment (tenant_id, created_at, id)")
    op.execute("CREATE INDEX payment_by_order ON payments.payment (tenant_id, order_id)")
    op.execute("""
        CREATE UNIQUE INDEX one_live_payment_per_order ON payments.payment (tenant_id, order_id)
        WHERE status IN ('PENDING', 'COMPLETED', 'REFUNDED', 'PARTIALLY_REFUNDED')""")


def _create_refunds() -> None:
    op.execute("""
        CREATE TABLE payments.refund (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            payment_id uuid,
            order_id uuid,
            return_id uuid,
            reason text NOT NULL CHECK (reason IN ('RETURN', 'VOID')),
            status text NOT NULL CHECK (status IN ('PENDING', 'COMPLETED', 'FAILED')),
            amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
            currency char(3) NOT NULL,
            provider_reference text,
            failure_code text,
            created_at timestamptz NOT NULL,
            version integer NOT NULL,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, payment_id) REFERENCES payments.payment (tenant_id, id),
            CHECK ((reason = 'RETURN') = (return_id IS NOT NULL))
        )""")
    op.execute("CREATE INDEX refund_by_age ON payments.refund (tenant_id, created_at, id)")
    op.execute("CREATE INDEX refund_by_payment ON payments.refund (tenant_id, payment_id)")
    op.execute("CREATE INDEX refund_by_order ON payments.refund (tenant_id, order_id)")
    op.execute("CREATE UNIQUE INDEX one_refund_per_return ON payments.refund (tenant_id, return_id)")
    op.execute(
        "CREATE UNIQUE INDEX one_refund_per_void ON payments.refund (tenant_id, payment_id) WHERE reason = 'VOID'"
    )


def _create_provider_tasks() -> None:
    op.execute("""
        CREATE TABLE payments.provider_task (
            tenant_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('RESOLVE', 'REFUND')),
            subject_id uuid NOT NULL,
            next_run_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            lease_until timestamptz,
            fence bigint NOT NULL DEFAULT 0,
            last_error text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, kind, subject_id)
        )""")
    op.execute("CREATE INDEX provider_task_due ON payments.provider_task (next_run_at)")
