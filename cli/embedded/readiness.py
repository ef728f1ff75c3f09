"""Wait until a server answers on its port, by asking it the way its clients do."""

import contextlib
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from typing import Final

from cli.processes.inspection import LOOPBACK

_PROTOCOL_3: Final = 196_608
_INTERVAL_SECONDS: Final = 0.02


def wait_until(answers: Callable[[], bool], process: subprocess.Popen[bytes], deadline_seconds: float) -> bool:
    """Ask until the server answers; False if its process ended or the deadline passed."""
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        if answers():
            return True
        # waiting on the child paces the questions and sees its end at once
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_INTERVAL_SECONDS)
            return False
    return False


def postgres_answers(port: int, user: str) -> bool:
    """Whether PostgreSQL asks for the password of `user` (while it recovers it refuses with an error instead)."""
    parameters = f"user\0{user}\0database\0postgres\0\0".encode()
    message = struct.pack("!ii", len(parameters) + 8, _PROTOCOL_3) + parameters
    return _first_bytes(port, message, 1) == b"R"


def redis_answers(port: int, password: str) -> bool:
    """Whether Redis accepts the password and has loaded its data."""
    message = f"AUTH {password}\r\nPING\r\n".encode()
    return _first_bytes(port, message, 12) == b"+OK\r\n+PONG\r\n"


def _first_bytes(port: int, message: bytes, size: int) -> bytes:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(message)
            received = b""
            while len(received) < size and (part := connection.recv(size - len(received))):
                received += part
            return received
    except OSError:
        return b""
