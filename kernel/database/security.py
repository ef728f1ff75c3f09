"""What every migration says about its tables: tenant fence, grants, and the tables each context has (security.md §4).

Roles of a context `x`: `x_owner` owns the schema and migrates, `x_app` serves requests behind forced Row-Level
Security, `x_worker` crosses tenants but sees only the tables named to `grant_to_worker`.
"""

from collections.abc import Sequence

from alembic import op

_TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def fence_by_tenant(schema: str, tables: Sequence[str], *, append_only: bool = False) -> None:
    """Force Row-Level Security by `tenant_id` on `tables` and grant them to the app role."""
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    for table in tables:
        name = f"{schema}.{table}"
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY open_to_app ON {name} TO {schema}_app USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY fence_by_tenant ON {name} AS RESTRICTIVE TO {schema}_app "
            f"USING (tenant_id = {_TENANT}) WITH CHECK (tenant_id = {_TENANT})"
        )
        op.execute(f"GRANT {rights} ON {name} TO {schema}_app")


def grant_to_worker(schema: str, table: str, rights: str = "SELECT, UPDATE") -> None:
    """Let the worker role of `schema` reach one fenced table across tenants."""
    op.execute(f"CREATE POLICY open_to_worker ON {schema}.{table} TO {schema}_worker USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {rights} ON {schema}.{table} TO {schema}_worker")


def create_event_tables(schema: str) -> None:
    """The outbox, inbox and idempotency tables of a context, fenced and granted; a new outbox row rings the relay."""
    op.execute(f"""
        CREATE TABLE {schema}.outbox (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            seq bigint GENERATED ALWAYS AS IDENTITY,
            subject text NOT NULL,
            envelope text NOT NULL,
            created_at timestamptz NOT NULL,
            published_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute(f"CREATE INDEX outbox_unpublished ON {schema}.outbox (seq) WHERE published_at IS NULL")
    op.execute(f"""
        CREATE TABLE {schema}.inbox (
            tenant_id uuid NOT NULL,
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            seen_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, consumer, event_id)
        )""")
    op.execute(f"""
        CREATE TABLE {schema}.idempotency (
            tenant_id uuid NOT NULL,
            principal text NOT NULL,
            operation text NOT NULL,
            key text NOT NULL,
            request_hash bytea NOT NULL,
            result text,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, principal, operation, key)
        )""")
    op.execute(f"""
        CREATE FUNCTION {schema}.ring_relay() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('outbox', '{schema}'); RETURN NULL; END $$""")
    op.execute(
        f"CREATE TRIGGER ring_relay AFTER INSERT ON {schema}.outbox "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {schema}.ring_relay()"
    )
    fence_by_tenant(schema, ["outbox", "inbox", "idempotency"])
    grant_to_worker(schema, "outbox")
