"""Runs the product's processes: starts them, waits until they are ready, restarts workers, stops all in reverse."""

import contextlib
import http.client
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from cli.errors import CommandError
from cli.processes.child import Launch, kill_group, start, stop, tail
from cli.processes.inspection import LOOPBACK

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ASK_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 1.0
_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 30.0
_STEADY_SECONDS: Final = 60.0
_OK: Final = 200
_LOG_BYTES: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the product.

    Attributes:
        ready_ports: its `ready_path` on each of these loopback ports says when it is ready.
        speaks_http: False for a server whose ports are only connected to.
        is_restarted: start it again when it dies, after a growing pause; otherwise its death ends the product.
        is_errand: it ends by itself, and its failure is only told.
    """

    name: str
    command: Sequence[str]
    ready_ports: Sequence[int]
    speaks_http: bool = True
    ready_path: str = "/health/ready"
    is_restarted: bool = False
    is_errand: bool = False
    stop_seconds: float = 15.0


class Report(Protocol):
    """Who is told what happens."""

    def ready(self, name: str, seconds: float) -> None:
        """A process answers."""
        ...

    def restarting(self, name: str, reason: str, pause_seconds: float) -> None:
        """A process died and is started again."""
        ...

    def errand_done(self, name: str, log: Path, *, succeeded: bool) -> None:
        """An errand came to its end."""
        ...

    def stopped(self, name: str, *, was_killed: bool) -> None:
        """A process ended because we asked, or was killed because it did not."""
        ...


class ProcessDied(CommandError):
    """A process ended that nobody asked to end; `log_lines` are its last words."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        super().__init__(f"{name} {reason} (log: {log})")
        self.name = name
        self.log_lines = tail(log)


class StopRequested(Exception):
    """The person pressed Ctrl-C, or the machine asked us to end."""


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    restart_at: float | None = None
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class VitalServer:
    """A server that somebody else started and that the product cannot live without."""

    is_running: Callable[[], bool]
    log: Path


@dataclass(slots=True)
class Supervisor:
    """Children of this process, in the order of their start. Use it inside `watching_signals`."""

    environment: Mapping[str, str]
    folder: Path
    logs: Path
    report: Report
    signals: "Signals"
    vital: Mapping[str, VitalServer] = field(default_factory=dict[str, VitalServer])
    on_change: Callable[[Mapping[str, int]], None] = lambda _processes: None
    _children: list[_Child] = field(default_factory=list[_Child])

    def launch(self, programs: Sequence[Program]) -> None:
        """Start these programs, in this order."""
        for program in programs:
            log = self.logs / f"{program.name}.log"
            _rotate(log)
            process = start(self._launch_of(program, log))
            self._children.append(_Child(program, process, log, time.monotonic()))
        self.on_change(self.process_ids())

    def wait_until_ready(self, deadline_seconds: float) -> None:
        """Return when every process answers.

        Raises:
            ProcessDied: one ended, or is not ready at the deadline.
            StopRequested: see there.
        """
        deadline = time.monotonic() + deadline_seconds
        while waiting := [child for child in self._children if not (child.is_ready or child.program.is_errand)]:
            self._look_after_children()
            for child in waiting:
                if is_program_ready(child.program):
                    child.is_ready = True
                    self.report.ready(child.program.name, time.monotonic() - child.started)
            if time.monotonic() > deadline:
                late = next(child for child in waiting if not child.is_ready)
                raise ProcessDied(late.program.name, f"was not ready after {deadline_seconds:.0f} s", late.log)
            if any(not child.is_ready for child in waiting):
                self.signals.wait(_ASK_SECONDS)

    def look_after(self, seconds: float) -> None:
        """Look after the processes once, then wait at most so long.

        Raises:
            ProcessDied: a process that is not restarted ended.
            StopRequested: see there.
        """
        self._look_after_children()
        self.signals.wait(seconds)

    def watch(self) -> None:
        """Look after the processes until somebody asks to stop.

        Raises:
            ProcessDied: a process that is not restarted ended.
            StopRequested: always, in the end.
        """
        while True:
            self._look_after_children()
            pauses = [child.restart_at - time.monotonic() for child in self._children if child.restart_at]
            self.signals.wait(max(0.0, min([_LOOK_SECONDS, *pauses])))

    def stop(self) -> None:
        """Stop all, the last started first; a second Ctrl-C kills the rest."""
        while self._children:
            child = self._children.pop()
            try:
                was_killed = self._stop_child(child)
            except StopRequested:
                for other in (child, *self._children):
                    kill_group(other.process)
                    other.process.wait()
                self._children.clear()
                raise
            self.report.stopped(child.program.name, was_killed=was_killed)

    def process_ids(self) -> dict[str, int]:
        """Process ids by program name."""
        return {child.program.name: child.process.pid for child in self._children}

    def _stop_child(self, child: _Child) -> bool:
        if child.process.poll() is None:
            _ask_to_end(child)
        deadline = time.monotonic() + child.program.stop_seconds
        while child.process.poll() is None and time.monotonic() < deadline:
            self.signals.wait(_ASK_SECONDS)
        return not stop(child.process, signal.SIGTERM, 0)

    def _look_after_children(self) -> None:
        for name, server in self.vital.items():
            if not server.is_running():
                raise ProcessDied(name, "ended", server.log)
        for child in list(self._children):
            if child.restart_at is not None:
                self._restart_when_due(child)
            elif child.process.poll() is not None:
                self._note_end(child)

    def _note_end(self, child: _Child) -> None:
        if child.program.is_errand:
            self._children.remove(child)
            self.report.errand_done(child.program.name, child.log, succeeded=child.process.returncode == 0)
            self.on_change(self.process_ids())
            return
        reason = describe_end(child.process.returncode)
        # one that never was ready would only fail again
        if not (child.program.is_restarted and child.is_ready):
            raise ProcessDied(child.program.name, reason, child.log)
        now = time.monotonic()
        if now - child.started > _STEADY_SECONDS:
            child.pause_seconds = _FIRST_PAUSE_SECONDS
        child.restart_at = now + child.pause_seconds
        self.report.restarting(child.program.name, reason, child.pause_seconds)
        child.pause_seconds = min(child.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    def _restart_when_due(self, child: _Child) -> None:
        if child.restart_at is None or time.monotonic() < child.restart_at:
            return
        child.process = start(self._launch_of(child.program, child.log))
        child.started, child.restart_at = time.monotonic(), None
        self.on_change(self.process_ids())

    def _launch_of(self, program: Program, log: Path) -> Launch:
        return Launch(program.command, self.environment, log, self.folder)


class Signals:
    """Turns signals into an interruptible wait: a child's end wakes it, a stop signal raises `StopRequested`."""

    def __init__(self, wakeups: socket.socket) -> None:
        self._wakeups = wakeups
        self._stop_requests = 0

    def wait(self, seconds: float) -> None:
        """Wait at most so long, less if a child ends.

        Raises:
            StopRequested: a stop signal came (each is raised once).
        """
        with contextlib.suppress(BlockingIOError):
            while self._wakeups.recv(512):
                pass
        self._raise_stop()
        select.select([self._wakeups], [], [], seconds)
        self._raise_stop()

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """A stop signal's handler."""
        self._stop_requests += 1

    def _raise_stop(self) -> None:
        if self._stop_requests:
            self._stop_requests = 0
            raise StopRequested


@contextmanager
def watching_signals() -> Generator[Signals]:
    """Take over SIGINT, SIGTERM, SIGHUP and SIGCHLD of this process for the length of the block."""
    receiving, sending = socket.socketpair()
    receiving.setblocking(False)
    sending.setblocking(False)
    signals = Signals(receiving)
    wakeup_before = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    handlers_before = {number: signal.signal(number, signals.note) for number in _STOP_SIGNALS}
    handlers_before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    try:
        yield signals
    finally:
        for number, handler in handlers_before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup_before)
        receiving.close()
        sending.close()


def describe_end(return_code: int) -> str:
    """`ended with exit code 1` or `was killed by SIGKILL`."""
    if return_code >= 0:
        return f"ended with exit code {return_code}"
    return f"was killed by {signal.Signals(-return_code).name}"


def _rotate(log: Path) -> None:
    if log.is_file() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".old"))


def _ask_to_end(child: _Child) -> None:
    if child.program.is_errand:
        # it runs other people's programs, which end with it only if they are asked too
        os.killpg(child.process.pid, signal.SIGTERM)
    else:
        child.process.terminate()


def is_program_ready(program: Program) -> bool:
    """Whether it calls itself ready on every port, or accepts connections if it speaks no HTTP."""
    if program.speaks_http:
        return all(_answers_ok(port, program.ready_path) for port in program.ready_ports)
    return all(_accepts(port) for port in program.ready_ports)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers_ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
