import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.processes.inspection import free_port, is_alive, wait_for_end
from cli.processes.supervisor import (
    ProcessDied,
    Program,
    Signals,
    StopRequested,
    Supervisor,
    VitalServer,
    watching_signals,
)

# answers /health/ready; writes its name when asked to stop; STUBBORN does not stop
_SERVICE = """
import http.server, os, pathlib, signal, sys
name, port, journal, mode = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4]
def end(number, frame):
    with journal.open("a") as file:
        file.write(f"{name} {signal.Signals(number).name}\\n")
    os._exit(0)
def print_nothing(*arguments):
    pass
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else end)
class Handler(http.server.BaseHTTPRequestHandler):
    log_message = print_nothing
    def do_GET(self):
        self.send_response(503 if mode == "sick" else 200)
        self.end_headers()
print(f"{name} says hello", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@dataclass
class Told:
    lines: list[str] = field(default_factory=list)

    def ready(self, name: str, seconds: float) -> None:
        self.lines.append(f"{name} ready" if seconds > 0 else "")

    def restarting(self, name: str, reason: str, pause_seconds: float) -> None:
        self.lines.append(f"{name} {reason}, again in {pause_seconds} s")

    def errand_done(self, name: str, log: Path, *, succeeded: bool) -> None:
        self.lines.append(f"{name} {'done' if succeeded else 'failed'}: {log.read_text().strip()}")

    def stopped(self, name: str, *, was_killed: bool) -> None:
        self.lines.append(f"{name} {'killed' if was_killed else 'stopped'}")


@pytest.fixture
def signals() -> Iterator[Signals]:
    with watching_signals() as watched:
        yield watched


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def supervisor(tmp_path: Path, signals: Signals, told: Told) -> Iterator[Supervisor]:
    created = Supervisor(dict(os.environ), tmp_path, tmp_path, told, signals)
    yield created
    created.stop()


def _service(name: str, journal: Path, mode: str = "normal", **options: object) -> Program:
    port = free_port()
    command = [sys.executable, "-S", "-c", _SERVICE, name, str(port), str(journal), mode]
    return Program(name, command, [port], **options)


def test_processes_are_started_awaited_and_stopped_in_reverse(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    supervisor.launch([_service(name, journal) for name in ("first", "second", "third")])

    supervisor.wait_until_ready(30)
    supervisor.stop()

    assert sorted(told.lines[:3]) == ["first ready", "second ready", "third ready"]
    assert told.lines[3:] == ["third stopped", "second stopped", "first stopped"]
    assert journal.read_text() == "third SIGTERM\nsecond SIGTERM\nfirst SIGTERM\n"
    assert (tmp_path / "first.log").read_text() == "first says hello\n"
    assert supervisor.process_ids() == {}


def test_a_process_that_ignores_the_request_to_stop_is_killed_at_its_deadline(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    supervisor.launch([_service("deaf", tmp_path / "journal", "stubborn", stop_seconds=0.3)])
    supervisor.wait_until_ready(30)
    pid = supervisor.process_ids()["deaf"]

    supervisor.stop()

    assert told.lines == ["deaf ready", "deaf killed"]
    assert not is_alive(pid)


def test_the_death_of_a_process_is_reported_with_its_last_lines(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.launch([_service("router", tmp_path / "journal")])
    supervisor.wait_until_ready(30)
    os.kill(supervisor.process_ids()["router"], signal.SIGKILL)

    with pytest.raises(ProcessDied) as death:
        supervisor.watch()

    assert str(death.value) == f"router was killed by SIGKILL (log: {tmp_path / 'router.log'})"
    assert death.value.log_lines == ["router says hello"]


def test_a_process_that_fails_at_once_ends_the_wait(supervisor: Supervisor) -> None:
    supervisor.launch(
        [Program("broken", [sys.executable, "-S", "-c", "raise SystemExit('no database')"], [free_port()])]
    )

    with pytest.raises(ProcessDied) as death:
        supervisor.wait_until_ready(30)

    assert death.value.log_lines == ["no database"]
    assert "ended with exit code 1" in str(death.value)


def test_a_process_that_never_becomes_ready_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.launch([_service("sick", tmp_path / "journal", "sick")])

    with pytest.raises(ProcessDied, match=r"^sick was not ready after 0 s"):
        supervisor.wait_until_ready(0.3)


def test_a_killed_worker_is_started_again(supervisor: Supervisor, told: Told, tmp_path: Path) -> None:
    supervisor.launch([_service("worker", tmp_path / "journal", is_restarted=True)])
    supervisor.wait_until_ready(30)
    first = supervisor.process_ids()["worker"]
    seen: list[int] = []

    def stop_after_the_restart(_processes: object) -> None:
        seen.append(supervisor.process_ids()["worker"])
        os.kill(os.getpid(), signal.SIGTERM)

    supervisor.on_change = stop_after_the_restart
    os.kill(first, signal.SIGKILL)
    with pytest.raises(StopRequested):
        supervisor.watch()

    assert seen == [supervisor.process_ids()["worker"]]
    assert seen != [first]
    assert told.lines == ["worker ready", "worker was killed by SIGKILL, again in 0.2 s"]


def test_a_worker_that_keeps_dying_is_started_ever_later(supervisor: Supervisor, told: Told, tmp_path: Path) -> None:
    starts: list[int] = []

    def kill_it_three_times(_processes: object) -> None:
        starts.append(supervisor.process_ids()["worker"])
        os.kill(starts[-1] if len(starts) < 3 else os.getpid(), signal.SIGKILL if len(starts) < 3 else signal.SIGTERM)

    supervisor.launch([_service("worker", tmp_path / "journal", is_restarted=True)])
    supervisor.wait_until_ready(30)
    supervisor.on_change = kill_it_three_times
    os.kill(supervisor.process_ids()["worker"], signal.SIGKILL)
    with pytest.raises(StopRequested):
        supervisor.watch()

    assert len(set(starts)) == 3
    assert told.lines[1:] == [f"worker was killed by SIGKILL, again in {pause} s" for pause in (0.2, 0.4, 0.8)]


def test_a_worker_that_never_was_ready_is_not_started_again(supervisor: Supervisor, told: Told) -> None:
    program = Program("worker", [sys.executable, "-S", "-c", "raise SystemExit(3)"], [free_port()], is_restarted=True)
    supervisor.launch([program])

    with pytest.raises(ProcessDied, match=r"^worker ended with exit code 3"):
        supervisor.wait_until_ready(30)

    assert told.lines == []


def test_errands_end_without_ending_the_product(supervisor: Supervisor, told: Told) -> None:
    def errand(name: str, code: int) -> Program:
        return Program(
            name, [sys.executable, "-S", "-c", f"print('built'); raise SystemExit({code})"], [], is_errand=True
        )

    def stop_when_none_is_left(processes: Mapping[str, int]) -> None:
        if not processes:
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor.launch([errand("lucky", 0), errand("hopeless", 1)])
    supervisor.wait_until_ready(30)
    supervisor.on_change = stop_when_none_is_left
    with pytest.raises(StopRequested):
        supervisor.watch()

    assert sorted(told.lines) == ["hopeless failed: built", "lucky done: built"]


def test_the_end_of_a_vital_server_ends_the_product(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("starting\nPANIC: out of luck\n")
    supervisor.vital = {"PostgreSQL": VitalServer(lambda: False, log)}

    with pytest.raises(ProcessDied, match=r"^PostgreSQL ended") as death:
        supervisor.watch()

    assert death.value.log_lines[-1] == "PANIC: out of luck"


def test_ctrl_c_interrupts_the_watch_at_once(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.launch([_service("router", tmp_path / "journal")])
    supervisor.wait_until_ready(30)
    os.kill(os.getpid(), signal.SIGINT)
    asked = time.monotonic()

    with pytest.raises(StopRequested):
        supervisor.watch()

    assert time.monotonic() - asked < 0.5
    assert is_alive(supervisor.process_ids()["router"])


def test_a_second_ctrl_c_kills_what_does_not_stop(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.launch([_service("deaf", tmp_path / "journal", "stubborn", stop_seconds=60)])
    supervisor.wait_until_ready(30)
    pid = supervisor.process_ids()["deaf"]
    os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StopRequested):
        supervisor.stop()

    assert not is_alive(pid)


_PARENT = """
import os, pathlib, sys
from cli.processes.supervisor import Program, Supervisor, watching_signals
class Quiet:
    def ready(self, name, seconds): pass
    def restarting(self, name, reason, pause_seconds): pass
    def errand_done(self, name, log, succeeded): pass
    def stopped(self, name, was_killed): pass
folder = pathlib.Path(sys.argv[1])
with watching_signals() as signals:
    supervisor = Supervisor(dict(os.environ), folder, folder, Quiet(), signals)
    supervisor.launch([Program("child", sys.argv[3:], [int(sys.argv[2])])])
    supervisor.wait_until_ready(30)
    print(supervisor.process_ids()["child"], flush=True)
    supervisor.watch()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux only")
def test_no_process_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    child = _service("child", tmp_path / "journal")
    command = [sys.executable, "-c", _PARENT, str(tmp_path), str(child.ready_ports[0]), *child.command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())

        parent.kill()

    assert wait_for_end(pid, 10)
    assert (tmp_path / "journal").read_text() == "child SIGTERM\n"
