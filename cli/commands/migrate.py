"""`retailflow migrate`: create and migrate the database schemas."""

import json
import os
from collections.abc import Mapping

from cli.embedded.postgres import start_postgres
from cli.environment import DATABASE, read_secrets
from cli.processes.lock import lock_holder
from cli.state import StateFolder


def migrate() -> None:
    """Create what is missing in the database and bring every schema to its newest version.

    A database of one's own is named by RETAILFLOW_ADMINISTRATOR_URL (a superuser's) and RETAILFLOW_ROLE_PASSWORDS
    (a JSON object, role to password); otherwise it is the embedded one.
    """
    configured = os.environ.get("RETAILFLOW_ADMINISTRATOR_URL")
    if configured:
        passwords: dict[str, str] = json.loads(os.environ["RETAILFLOW_ROLE_PASSWORDS"])
        _provision(configured, os.environ.get("RETAILFLOW_DATABASE", DATABASE), passwords)
        return
    state = StateFolder.open()
    passwords = dict(read_secrets(state).role_passwords)
    running = state.read_running()
    if running is not None and lock_holder(state.lock) is not None:
        _provision(_superuser_of_running(state, running.ports.postgres), DATABASE, passwords)
        return
    server = start_postgres(state.path / "postgres", durable=True)
    try:
        _provision(server.superuser_dsn, DATABASE, passwords)
    finally:
        server.stop()


def _superuser_of_running(state: StateFolder, port: int | None) -> str:
    password = (state.path / "postgres" / "superuser.password").read_text().strip()
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _provision(administrator_url: str, database: str, passwords: Mapping[str, str]) -> None:
    from cli.migrations import provision_product  # noqa: PLC0415 - SQLAlchemy takes half a second to import

    provision_product(administrator_url, database, passwords)
    print("the database is at its newest version")
