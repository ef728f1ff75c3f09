"""Create a database with one schema and three roles per context, and migrate it (X-04). Run by an administrator."""

import asyncio
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

ROLE_KINDS = ("owner", "app", "worker")
_ENVIRONMENT = Path(__file__).parent / "migration_environment"


@dataclass(frozen=True, slots=True)
class Context:
    """A bounded context with its own schema: its name, and the package whose `migrations` folder it has."""

    name: str
    package: str

    @property
    def migrations(self) -> Path:
        """The folder of its Alembic versions."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise LookupError(f"no package {self.package}")
        return Path(spec.origin).parent / "migrations"


async def provision(
    administrator_url: str, database: str, contexts: Sequence[Context], passwords: Mapping[str, str]
) -> None:
    """Create what is missing: the database, roles, schemas; then migrate every context to its newest version.

    `administrator_url` is a superuser's DSN of any database of the server. `passwords` maps role names
    (`catalog_app` …) to their passwords; existing roles get the password again.
    """
    await _ensure_database(administrator_url, database)
    target = make_url(administrator_url).set(database=database)
    connection = await asyncpg.connect(target.render_as_string(hide_password=False))
    try:
        await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        for context in contexts:
            await _ensure_schema(connection, database, context.name, passwords)
    finally:
        await connection.close()
    for context in contexts:
        await migrate(target, context, passwords[f"{context.name}_owner"])


async def migrate(database_url: URL, context: Context, owner_password: str) -> None:
    """Bring one context's schema to its newest version, as its owner."""
    owner = database_url.set(drivername="postgresql+asyncpg", username=f"{context.name}_owner", password=owner_password)
    engine = create_async_engine(owner, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # two processes starting at once must not migrate twice
            await connection.execute(text("SELECT pg_advisory_lock(7265746169)"))
            await connection.run_sync(_upgrade, context)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, context: Context) -> None:
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(context.migrations))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["schema"] = context.name
    command.upgrade(config, "head")


async def _ensure_database(administrator_url: str, database: str) -> None:
    connection = await asyncpg.connect(administrator_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}"')
    finally:
        await connection.close()


async def _ensure_schema(
    connection: "asyncpg.Connection[asyncpg.Record]", database: str, name: str, passwords: Mapping[str, str]
) -> None:
    for kind in ROLE_KINDS:
        await _ensure_role(connection, f"{name}_{kind}", passwords[f"{name}_{kind}"])
        await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {name}_{kind}')
        await connection.execute(f'ALTER ROLE {name}_{kind} IN DATABASE "{database}" SET search_path = {name}')
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {name}_owner")
    await connection.execute(f"GRANT USAGE ON SCHEMA {name} TO {name}_app, {name}_worker")


async def _ensure_role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    # a role statement takes no parameters: quote the literal on the server
    literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(
        f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {literal}"
    )


def run_provision(
    administrator_url: str, database: str, contexts: Sequence[Context], passwords: Mapping[str, str]
) -> None:
    """`provision` for callers without an event loop."""
    asyncio.run(provision(administrator_url, database, contexts, passwords))
