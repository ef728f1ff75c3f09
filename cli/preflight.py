"""Checks before anything is started, each failing with one line that says what to do."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cli.errors import CommandError
from cli.ports import Ports
from cli.processes.inspection import command_line, is_port_free, wait_for_end
from cli.processes.lock import LockHeld, ProcessLock
from cli.processes.supervisor import Program
from cli.product import PROCESS_MODULE
from cli.state import StateFolder

_NEEDED_BYTES: Final = 500_000_000
_MEGABYTE: Final = 1_000_000
_LEFTOVER_SECONDS: Final = 30.0

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written on the folder's disk."""
    return shutil.disk_usage(folder).free


def require_disk(folder: Path, measure: FreeBytes = free_bytes) -> None:
    """Refuse to start a database on a disk that is about to be full.

    Raises:
        CommandError: less than 500 MB are free.
    """
    free = measure(folder)
    if free < _NEEDED_BYTES:
        raise CommandError(
            f"the disk is almost full: {free // _MEGABYTE} MB are free at {folder}, 500 MB are needed: free some space"
        )


def require_ports(wanted: Mapping[str, int]) -> None:
    """Refuse to start if a port is taken.

    Raises:
        CommandError: names every taken port and who needs it.
    """
    taken = [f"{port} ({name})" for name, port in wanted.items() if not is_port_free(port)]
    if taken:
        noun, verb = ("port", "is") if len(taken) == 1 else ("ports", "are")
        raise CommandError(
            f"{noun} {', '.join(taken)} {verb} taken by another program: "
            "stop it, or move ours with `./retailflow up --port-base 9000`"
        )


def take_lock(state: StateFolder, tell: Callable[[str], None]) -> ProcessLock:
    """The lock of the running product; a stale one is taken over and told in one line.

    Raises:
        CommandError: the product runs already; names the process.
    """
    try:
        lock = ProcessLock.acquire(state.lock)
    except LockHeld as held:
        who = f"process {held.holder}" if held.holder else "another process"
        line = command_line(held.holder) if held.holder else ""
        about = f" ({line})" if line else ""
        raise CommandError(f"already running: {who}{about}; stop it with `./retailflow down`") from None
    if lock.stale_holder is not None:
        tell(f"the last run (process {lock.stale_holder}) ended without cleaning up: its lock was stale and is removed")
    return lock


def end_leftovers(state: StateFolder) -> None:
    """End processes of a run that was killed; on Linux they are ending already."""
    running = state.read_running()
    pids = [pid for pid in running.processes.values() if PROCESS_MODULE in command_line(pid)] if running else []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in pids:
        if not wait_for_end(pid, _LEFTOVER_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def needed_ports(programs: Sequence[Program], ports: Ports) -> dict[str, int]:
    """Every port that a start needs, by who needs it."""
    servers = {"PostgreSQL": ports.postgres, "Redis": ports.redis}
    wanted = {name: port for name, port in servers.items() if port is not None}
    faces = {ports.router: "router", ports.web_bff: "web BFF", ports.pos_bff: "POS BFF"}
    for program in programs:
        for port in program.ready_ports:
            wanted[faces.get(port, program.name)] = port
    return wanted
