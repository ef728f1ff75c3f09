"""Brings the product's database to its newest version."""

import asyncio
from collections.abc import Mapping

from cli.ports import CONTEXTS
from kernel.database.provision import Context, provision


def provisioned_contexts() -> list[Context]:
    """Every schema of the database with the package whose migrations it has; the workers have one as contexts do."""
    return [*(Context(name, f"subgraphs.{name}") for name in CONTEXTS), Context("workers", "workers")]


def provision_product(administrator_url: str, database: str, passwords: Mapping[str, str]) -> None:
    """Create and migrate every schema; `passwords` maps role names (`catalog_app` …) to passwords."""
    asyncio.run(provision(administrator_url, database, provisioned_contexts(), passwords))
