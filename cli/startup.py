"""Brings the whole product up and takes it down again."""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from cli.console import Progress, Step, StepState
from cli.embedded.postgres import PostgresServer, start_postgres
from cli.embedded.redis import RedisServer, start_redis
from cli.embedded.servers import EmbeddedServers
from cli.environment import (
    build_environment,
    child_environment,
    graphiql_folder,
    migration_environment,
    read_secrets,
)
from cli.ports import Ports
from cli.processes.child import Launch, start, stop, tail
from cli.processes.inspection import is_port_free
from cli.processes.supervisor import ProcessDied, Program, Signals, Supervisor, VitalServer, describe_end
from cli.product import PARTS, Selection, Surroundings, product_programs, surrounding_programs
from cli.state import ROOT, RunningProduct, StateFolder

_MIGRATION_SOURCES: Final = ("subgraphs/*/migrations/*.py", "workers/migrations/*.py", "kernel/database/*.py")
_GRAPH_SOURCES: Final = ("subgraphs/**/*.py", "kernel/**/*.py", "router/composition/**/*.py")
_DEMO_SOURCES: Final = ("cli/demo/**/*",)
_READY_SECONDS: Final = 180.0
_ASK_SECONDS: Final = 0.2
_ERRAND_STOP_SECONDS: Final = 5.0
_GRAPHIQL: Final = "GraphiQL build"


@dataclass(frozen=True, slots=True)
class Order:
    """What the person asked for. Without a selection router, BFFs and subgraphs share one process."""

    ports: Ports
    selection: Selection | None
    surroundings: Surroundings

    @property
    def has_whole_product(self) -> bool:
        """Whether every part runs, so that the demo shop can be loaded through them."""
        return self.selection is None or self.selection == Selection.every_part()


@dataclass(slots=True)
class _Told:
    """Turns the supervisor's reports into lines of the display."""

    progress: Progress
    console: Console
    steps: dict[str, Step] = field(default_factory=dict[str, Step])
    announced: dict[str, str] = field(default_factory=dict[str, str])

    def ready(self, name: str, seconds: float) -> None:
        step = self.steps.pop(name, None)
        if step is not None:
            self.progress.end(step, seconds=seconds)

    def restarting(self, name: str, reason: str, pause_seconds: float) -> None:
        self.console.print(f"[yellow]{name} {reason}: starting it again in {pause_seconds:g} s[/yellow]")

    def errand_done(self, name: str, log: Path, *, succeeded: bool) -> None:
        if not succeeded:
            self.console.print(f"[yellow]{name} failed; the product runs without it[/yellow] (log: {log})")
            for line in tail(log, 3):
                self.console.print(f"  {line}", style="dim", markup=False, soft_wrap=True)
        elif name in self.announced:
            self.console.print(f"[green]✓[/green] {self.announced[name]}")

    def stopped(self, name: str, *, was_killed: bool) -> None:
        if was_killed:
            self.console.print(f"[yellow]{name} did not stop in time and was killed[/yellow]")


@dataclass(frozen=True, slots=True)
class Errand:
    """One of our own commands, run as a child to its end: what it imports does not stay in memory.

    Attributes:
        sources: glob patterns of what it depends on; it is run again when one of those files changes.
        secrets: variables that only it may know.
        result: a file it makes; run it again if that is gone.
    """

    name: str
    arguments: Sequence[str]
    sources: Sequence[str]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    result: Path | None = None


def fingerprint_of(patterns: Sequence[str], *others: str) -> str:
    """Changes when one of the checkout's files matching the patterns changes, or one of the other texts."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    for text in others:
        digest.update(text.encode())
    return digest.hexdigest()


class Startup:
    """One run of the product: everything it starts is stopped by `close`, the last started first."""

    def __init__(self, state: StateFolder, order: Order, console: Console, signals: Signals) -> None:
        self._state = state
        self._order = order
        self._console = console
        self._signals = signals
        self._progress = Progress(console)
        self._open = ExitStack()
        self._told = _Told(self._progress, console)
        self.ports = order.ports
        self.environment: dict[str, str] = {}

    def close(self) -> None:
        """Stop everything."""
        try:
            self._open.close()
        finally:
            self._state.forget_running()

    def bring_up(self) -> Supervisor:
        """Start everything and return when it is ready.

        Raises:
            CommandError: a part did not start; one line.
            StopRequested: the person pressed Ctrl-C.
        """
        with self._progress.shown():
            servers = self._start_servers()
            self.environment = self._environment(servers)
            supervisor = self._supervisor(servers)
            self._open.callback(supervisor.stop)
            outside = surrounding_programs(self.ports, self._order.surroundings)
            supervisor.launch(outside)
            self._prepare(supervisor, servers)
            programs = product_programs(self.ports, self._order.selection, self._order.surroundings)
            self._told.steps |= {program.name: self._begin(program) for program in programs}
            supervisor.launch(programs[len(outside) :])
            self._wait_until_ready(supervisor)
            if self._order.has_whole_product:
                self._load_demo_shop(supervisor)
        return supervisor

    def launch_errands(self, supervisor: Supervisor) -> None:
        """Start what the product can be used without: the first build of GraphiQL takes a minute."""
        # a person who names a folder has built it
        is_ours = self.environment["RETAILFLOW_GRAPHIQL_FOLDER"] == str(graphiql_folder(self._state))
        if "bff-web" not in self.running_parts() or not is_ours:
            return
        if not (graphiql_folder(self._state) / "index.html").is_file():
            self._console.print("[dim]GraphiQL is being built, once, in the background …[/dim]")
            self._told.announced[_GRAPHIQL] = f"GraphiQL is built: http://127.0.0.1:{self.ports.web_bff}/graphiql"
        command = [sys.executable, "-m", "cli", "build-graphiql"]
        supervisor.launch([Program(_GRAPHIQL, command, [], is_errand=True)])

    @property
    def is_separate(self) -> bool:
        """Whether each part is a process of its own."""
        return self._order.selection is not None

    def running_parts(self) -> frozenset[str]:
        """The parts that run, in one process or several."""
        return frozenset(PARTS) if self._order.selection is None else self._order.selection.parts

    def _begin(self, program: Program) -> Step:
        noun = "port" if len(program.ready_ports) == 1 else "ports"
        return self._progress.begin(program.name, f"{noun} {', '.join(map(str, program.ready_ports))}")

    def _start_servers(self) -> EmbeddedServers:
        with self._progress.step("PostgreSQL") as step:
            postgres = self._start_postgres()
            place = "" if postgres.folder.is_relative_to(self._state.path) else f", data in {postgres.folder.parent}"
            step.detail = f"{postgres.major} from the {postgres.origin}, port {postgres.port}{place}"
        with self._progress.step("Redis") as step:
            redis = self._start_redis()
            step.detail = f"{redis.version} from the {redis.origin}, port {redis.port}"
        self.ports = replace(self.ports, postgres=postgres.port, redis=redis.port)
        if self._order.ports.postgres is None:
            self._state.remember_ports({"postgres": postgres.port, "redis": redis.port})
        return EmbeddedServers(postgres, redis)

    def _start_postgres(self) -> PostgresServer:
        port = self._order.ports.postgres or self._remembered_port("postgres")
        server = start_postgres(self._state.path / "postgres", port, durable=True)
        self._open.callback(server.stop)
        return server

    def _start_redis(self) -> RedisServer:
        port = self._order.ports.redis or self._remembered_port("redis")
        server = start_redis(self._state.path / "redis", port, durable=True)
        self._open.callback(server.stop)
        return server

    def _remembered_port(self, name: str) -> int | None:
        port = self._state.remembered_ports().get(name)
        return port if port is not None and is_port_free(port) else None

    def _environment(self, servers: EmbeddedServers) -> dict[str, str]:
        is_separate = self._order.selection is not None
        return build_environment(self._state, self.ports, servers, is_separate=is_separate)

    def _supervisor(self, servers: EmbeddedServers) -> Supervisor:
        return Supervisor(
            environment=child_environment(self.environment),
            folder=ROOT,
            logs=self._state.logs,
            report=self._told,
            signals=self._signals,
            vital={
                "PostgreSQL": VitalServer(servers.postgres.is_running, servers.postgres.log),
                "Redis": VitalServer(servers.redis.is_running, servers.redis.log),
            },
            on_change=self._tell_others,
        )

    def _prepare(self, supervisor: Supervisor, servers: EmbeddedServers) -> None:
        passwords = read_secrets(self._state).role_passwords
        migration = Errand("database", ["migrate"], _MIGRATION_SOURCES, migration_environment(servers, passwords))
        self._run_if_changed(supervisor, migration, json.dumps(dict(passwords)))
        if self.is_separate and "router" in self.running_parts():
            file = self._state.supergraph
            composition = Errand("supergraph", ["compose", "--local", str(file)], _GRAPH_SOURCES, result=file)
            self._run_if_changed(supervisor, composition, self.environment["RETAILFLOW_SUBGRAPH_URLS"])

    def _load_demo_shop(self, supervisor: Supervisor) -> None:
        self._run_if_changed(supervisor, Errand("demo shop", ["demo"], _DEMO_SOURCES))

    def _run_if_changed(self, supervisor: Supervisor, errand: Errand, *inputs: str) -> None:
        fingerprint = fingerprint_of(errand.sources, *inputs)
        is_there = errand.result is None or errand.result.is_file()
        if is_there and self._state.has_done(errand.arguments[0], fingerprint):
            return
        self._run(supervisor, errand)
        self._state.note_done(errand.arguments[0], fingerprint)

    def _wait_until_ready(self, supervisor: Supervisor) -> None:
        try:
            supervisor.wait_until_ready(_READY_SECONDS)
        except BaseException as reason:
            culprit = reason.name if isinstance(reason, ProcessDied) else None
            for name, step in self._told.steps.items():
                self._progress.end(step, state=StepState.FAILED if name == culprit else StepState.LEFT)
            raise

    def _run(self, supervisor: Supervisor, errand: Errand) -> None:
        log = self._state.log_of(errand.arguments[0])
        log.unlink(missing_ok=True)
        environment = child_environment(self.environment | dict(errand.secrets))
        with self._progress.step(errand.name) as step:
            process = start(Launch([sys.executable, "-m", "cli", *errand.arguments], environment, log, ROOT))
            try:
                while process.poll() is None:
                    supervisor.look_after(_ASK_SECONDS)
            except BaseException:
                stop(process, signal.SIGTERM, _ERRAND_STOP_SECONDS)
                raise
            if process.returncode != 0:
                raise ProcessDied(errand.name, describe_end(process.returncode), log)
            step.detail = next(iter(tail(log, 1)), "")

    def _tell_others(self, processes: Mapping[str, int]) -> None:
        running = RunningProduct(os.getpid(), self.ports, self.environment, dict(processes))
        self._state.write_running(running)
