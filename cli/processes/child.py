"""Start a program that ends when its parent ends, and stop it again."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of the machine, which a child started by root runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start and how it must end.

    Attributes:
        log: receives standard output and error; appended to.
        parent_death_signal: sent to the child when its parent dies in whatever way (Linux).
        account: run as this account; None keeps the caller's.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    parent_death_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None


def start(launch: Launch) -> subprocess.Popen[bytes]:
    """Start the child in a process group of its own, so that a Ctrl-C at the terminal reaches only its parent.

    Call it from the main thread: Linux takes the end of the starting thread for the end of the parent.
    """
    account = launch.account
    with launch.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command is ours
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(launch.environment),
            cwd=launch.folder,
            process_group=0,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_bind_to_parent(launch.parent_death_signal),  # noqa: PLW1509 - started from the main thread
        )


def stop(process: subprocess.Popen[bytes], how: signal.Signals, deadline_seconds: float) -> bool:
    """Ask the child to end; kill its whole group after the deadline. True if it ended by itself."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(timeout=deadline_seconds)
    except subprocess.TimeoutExpired:
        kill_group(process)
        process.wait()
        return False
    return True


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the child and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def tail(log: Path, lines: int = 12) -> list[str]:
    """The last lines of a log file, none if it is missing."""
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return file.read().decode(errors="replace").splitlines()[-lines:]


def _bind_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        # the parent may have died before the call above
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return bind
