"""Reads PostgreSQL's own catalogue: no table of any context may stand outside the tenant fence (security.md T1)."""

from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.factories.databases import ProvisionedDatabase

TABLES = """
    SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           pg_get_userbyid(c.relowner) AS owner,
           EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive) AS fenced
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public', 'pg_toast')
      AND c.relname <> 'alembic_version'
"""
KEYS = """
    SELECT n.nspname || '.' || c.relname || '.' || i.relname AS key,
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = x.indkey[0]) AS first_column
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE x.indisunique AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public', 'pg_toast')
      AND c.relname <> 'alembic_version'
"""
# the slug of a tenant names it on the whole platform; two tenants never share a place in a person's account, and only
# the worker takes one, so that no caller learns from a conflict
PLATFORM_WIDE = {"identity.tenant.tenant_slug_key", "identity.user.user_by_membership"}


@pytest.fixture
async def catalogue(provisioned_database: ProvisionedDatabase) -> Any:
    administrator = make_url(provisioned_database.administrator_url).set(database=provisioned_database.name)
    connection = await asyncpg.connect(administrator.render_as_string(hide_password=False))
    yield connection
    await connection.close()


async def test_every_table_forces_row_level_security_behind_a_restrictive_policy(catalogue: Any):
    rows = await catalogue.fetch(TABLES)

    assert len(rows) >= 20
    assert [dict(row) for row in rows if not (row["enabled"] and row["forced"] and row["fenced"])] == []


async def test_tables_belong_to_the_owner_role_and_never_to_the_role_that_serves(catalogue: Any):
    rows = await catalogue.fetch(TABLES)

    assert [dict(row) for row in rows if row["owner"] != f"{row['schema']}_owner"] == []


async def test_every_unique_key_starts_with_the_tenant(catalogue: Any):
    rows = await catalogue.fetch(KEYS)

    assert [dict(row) for row in rows if row["first_column"] != "tenant_id" and row["key"] not in PLATFORM_WIDE] == []


async def test_no_role_of_ours_can_pass_the_fence(catalogue: Any):
    rows = await catalogue.fetch(
        "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND rolname ~ '_(owner|app|worker)$'"
    )

    assert [row["rolname"] for row in rows] == []
