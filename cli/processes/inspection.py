"""What the machine says about a process or a port."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_INTERVAL_SECONDS: Final = 0.02


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists (a zombie does not count)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def wait_for_end(pid: int, deadline_seconds: float) -> bool:
    """Wait for a process that is not our child; False if it still lives at the deadline."""
    deadline = time.monotonic() + deadline_seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_INTERVAL_SECONDS)
    return True


def command_line(pid: int) -> str:
    """The command line of a process; empty if it is gone or not ours to read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return _command_line_by_ps(pid)


def working_folder(pid: int) -> Path | None:
    """The working folder of a process; None where the machine does not say."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def is_port_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        # servers set it too: a port in TIME_WAIT counts as free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _command_line_by_ps(pid: int) -> str:
    ps = shutil.which("ps")
    if ps is None:
        return ""
    answer = subprocess.run([ps, "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip()
