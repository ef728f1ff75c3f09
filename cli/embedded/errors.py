"""Why an embedded server cannot be had. Every message is one line for a person."""

from pathlib import Path

from cli.errors import CommandError
from cli.processes.child import tail


class NoServerProgram(CommandError):
    """Neither the machine nor a wheel has the server program."""


class ServerPortTaken(CommandError):
    """Another program listens on the port."""

    def __init__(self, server: str, port: int) -> None:
        super().__init__(
            f"port {port}, which {server} needs, is taken by another program: stop it, or move ours with --port-base"
        )


class ServerInUse(CommandError):
    """Another process of ours runs the server on the same folder."""

    def __init__(self, server: str, holder: str) -> None:
        super().__init__(f"{server} of this folder is already run by process {holder}: stop it first")


class ServerDidNotStart(CommandError):
    """The server ended, or did not answer in time."""

    def __init__(self, server: str, reason: str, log: Path) -> None:
        last = next((line.strip() for line in reversed(tail(log)) if line.strip()), "its log is empty")
        super().__init__(f"{server} {reason}: {last} (log: {log})")
