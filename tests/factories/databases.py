"""A provisioned database per test session; tests are kept apart by tenants, as customers are."""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Database
from kernel.database.provision import ROLE_KINDS, Context, provision
from kernel.identity import Principal


@dataclass(frozen=True, slots=True)
class ProvisionedDatabase:
    """A migrated database and how each role logs in."""

    administrator_url: str
    name: str
    passwords: dict[str, str]

    def url(self, role: str) -> str:
        """The DSN of one role, like `catalog_app`."""
        parts = make_url(self.administrator_url)
        return parts.set(database=self.name, username=role, password=self.passwords[role]).render_as_string(
            hide_password=False
        )

    def connect(self, role: str, *, pool_size: int = 5, read_timeout_seconds: float = 10) -> Database:
        """The connections of one role."""
        return Database(self.url(role), pool_size=pool_size, read_timeout_seconds=read_timeout_seconds)


async def provision_database(administrator_url: str, contexts: Sequence[str]) -> ProvisionedDatabase:
    """A fresh database with the named contexts."""
    name = f"test_{secrets.token_hex(6)}"
    passwords = {f"{context}_{kind}": "test-password" for context in contexts for kind in ROLE_KINDS}
    packages = [Context(context, _package(context)) for context in contexts]
    await provision(administrator_url, name, packages, passwords)
    return ProvisionedDatabase(administrator_url, name, passwords)


@asynccontextmanager
async def behind_the_api(database: Database, tenant_id: UUID) -> AsyncGenerator[AsyncSession]:
    """A committed transaction of one tenant, for what otherwise only time or an accident does."""
    async with database.transaction(Principal("test", tenant_id, frozenset())) as tx:
        yield tx.session


def _package(context: str) -> str:
    return "workers" if context == "workers" else f"subgraphs.{context}"
