"""`retailflow doctor`: is this machine fit, and what is missing."""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import typer
from rich.table import Table

from cli.compiled_operations import count_fallbacks, examine_published_operations
from cli.console import open_console
from cli.embedded.account import can_reach, unprivileged_account
from cli.embedded.programs import find_postgres, find_redis
from cli.errors import CommandError
from cli.optional_tools import missing_tools
from cli.ports import Ports
from cli.preflight import needed_ports, require_disk, require_ports
from cli.processes.lock import lock_holder
from cli.product import Surroundings, product_programs
from cli.state import ROOT, StateFolder


class Health(StrEnum):
    """How grave a finding is."""

    GOOD = "[green]✓[/green]"
    OPTIONAL = "[yellow]-[/yellow]"
    BAD = "[red]✗[/red]"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the doctor."""

    subject: str
    health: Health
    detail: str


def doctor() -> None:
    """Examine this machine. Exit code 1 if the product cannot run here."""
    state = StateFolder.open()
    diagnoses = examine(state)
    table = Table.grid(padding=(0, 2))
    for diagnosis in diagnoses:
        table.add_row(diagnosis.health, diagnosis.subject, f"[dim]{diagnosis.detail}[/dim]")
    open_console().print(table)
    raise typer.Exit(1 if any(diagnosis.health is Health.BAD for diagnosis in diagnoses) else 0)


def examine(state: StateFolder) -> list[Diagnosis]:
    """Every finding, the needed things first."""
    needed = [_needed(subject, look) for subject, look in _NEEDED.items()]
    disk = _needed("disk", lambda: _disk(state))
    return [*needed, disk, _ports(state), _database_place(state), *_execution(state), *_optional()]


def _python() -> str:
    return f"{platform.python_version()} in {sys.prefix}"


def _postgres() -> str:
    found = find_postgres()
    return f"{found.major} from the {found.origin}, {found.bin}"


def _redis() -> str:
    found = find_redis()
    return f"{found.version} from the {found.origin}, {found.path}"


_NEEDED: Final[dict[str, Callable[[], str]]] = {"Python": _python, "PostgreSQL": _postgres, "Redis": _redis}


def _needed(subject: str, look: Callable[[], str]) -> Diagnosis:
    try:
        return Diagnosis(subject, Health.GOOD, look())
    except CommandError as error:
        return Diagnosis(subject, Health.BAD, str(error))


def _disk(state: StateFolder) -> str:
    require_disk(state.path)
    return f"enough room in {state.path}"


def _ports(state: StateFolder) -> Diagnosis:
    holder = lock_holder(state.lock)
    if holder is not None:
        return Diagnosis("ports", Health.GOOD, f"used by the running product (process {holder})")
    ports = Ports()
    try:
        require_ports(needed_ports(product_programs(ports, None, Surroundings()), ports))
    except CommandError as error:
        return Diagnosis("ports", Health.OPTIONAL, str(error))
    return Diagnosis("ports", Health.GOOD, "all free")


def _database_place(state: StateFolder) -> Diagnosis:
    account = unprivileged_account()
    folder = state.path / "postgres" / "cluster"
    if account is None:
        return Diagnosis("database folder", Health.GOOD, str(folder))
    if can_reach(account, state.path):
        return Diagnosis("database folder", Health.GOOD, f"{folder}, as account {account.name}")
    place = folder.readlink() if folder.is_symlink() else "/var/lib/retailflow"
    reason = f"account {account.name}, which PostgreSQL runs as under root, cannot enter {state.path}"
    return Diagnosis("database folder", Health.OPTIONAL, f"in {place}: {reason}")


def _execution(state: StateFolder) -> list[Diagnosis]:
    """Operations that graphql-core executes, which takes several times longer."""
    requests = examine_published_operations(ROOT / "schema" / "operations")
    left = [
        Diagnosis(f"operation {one.operation}", Health.OPTIONAL, f"{one.subgraph} leaves it to graphql-core: {why}")
        for one in requests
        if one.fallback is not None and (why := one.fallback.detail or one.fallback.reason)
    ]
    if not left:
        left.append(Diagnosis("operations", Health.GOOD, f"all {len(requests)} published subgraph requests compile"))
    return left + _counted(state)


def _counted(state: StateFolder) -> list[Diagnosis]:
    running = state.read_running() if lock_holder(state.lock) is not None else None
    if running is None:
        return []
    counted = count_fallbacks([running.ports.router, *running.ports.subgraphs().values()])
    return [
        Diagnosis("running product", Health.OPTIONAL, f"{reason}: {count} operations left to graphql-core")
        for reason, count in sorted(counted.items())
    ]


def _optional() -> list[Diagnosis]:
    missing = missing_tools()
    names = {"java": "Java", "node": "Node.js", "chromium": "Chromium", "shared_data": "real sales data"}
    return [
        Diagnosis(name, Health.OPTIONAL, f"{missing[marker]}: tests that need it are left out")
        if marker in missing
        else Diagnosis(name, Health.GOOD, "for tests")
        for marker, name in names.items()
    ]
