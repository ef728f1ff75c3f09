"""One PostgreSQL server as a child process, listening on loopback TCP only."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.embedded import cluster as clusters
from cli.embedded.account import unprivileged_account
from cli.embedded.cluster import SUPERUSER, Cluster
from cli.embedded.errors import ServerDidNotStart, ServerInUse, ServerPortTaken
from cli.embedded.programs import PostgresPrograms, find_postgres
from cli.embedded.readiness import postgres_answers, wait_until
from cli.processes.child import Launch, start, stop
from cli.processes.inspection import LOOPBACK, free_port, is_port_free
from cli.processes.lock import LockHeld, ProcessLock

_NAME: Final = "PostgreSQL"
# recovery after a crash can take a while, a clean start takes a second
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 60.0
_PORT_TRIES: Final = 3
_SETTINGS: Final = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "password_encryption=scram-sha-256",
    "timezone=UTC",
    "log_timezone=UTC",
    # requests are short: compiling them costs more than it saves
    "jit=off",
)
_FAST_BUT_LOSSY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server.

    Attributes:
        superuser_dsn: `postgresql://postgres:…@127.0.0.1:PORT/postgres`.
        origin: where the programs come from, `machine` or `wheel`.
        folder: the data folder, which may lie outside the folder asked for (see `cli.embedded.cluster`).
    """

    host: str
    port: int
    superuser: str
    password: str
    major: int
    origin: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]
    lock: ProcessLock

    @property
    def superuser_dsn(self) -> str:
        """The administrator's DSN."""
        return f"postgresql://{self.superuser}:{self.password}@{self.host}:{self.port}/postgres"

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Disconnect everybody, write everything down, end. Twice is harmless."""
        stop(self.process, signal.SIGINT, _STOP_SECONDS)
        self.lock.release()


def start_postgres(
    home: Path, port: int | None = None, *, durable: bool, programs: PostgresPrograms | None = None
) -> PostgresServer:
    """Start the server of the folder `home`, made at the first start, and return when it answers.

    Args:
        home: keeps the data, the superuser's random password and the log.
        port: None picks a free one.
        durable: False trades crash safety for speed; for tests only.
        programs: None finds them (see `cli.embedded.programs`).

    Raises:
        CommandError: one line that says what is wrong.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    try:
        lock = ProcessLock.acquire(home / "owner.lock")
    except LockHeld as held:
        raise ServerInUse(_NAME, str(held.holder)) from None
    try:
        return _start_locked(home, port, durable=durable, programs=programs, lock=lock)
    except BaseException:
        lock.release()
        raise


def _start_locked(
    home: Path, port: int | None, *, durable: bool, programs: PostgresPrograms | None, lock: ProcessLock
) -> PostgresServer:
    cluster = clusters.locate(home, unprivileged_account())
    found = clusters.reachable(programs or find_postgres(cluster.major()), cluster)
    password = clusters.superuser_password(cluster)
    clusters.initialise(cluster, found, password, is_durable=durable)
    clusters.clear_leftovers(cluster)
    used_port, process = _launch_on_port(cluster, found, port, durable=durable)
    return PostgresServer(
        host=LOOPBACK,
        port=used_port,
        superuser=SUPERUSER,
        password=password,
        major=found.major,
        origin=found.origin,
        folder=cluster.folder,
        log=cluster.log,
        process=process,
        lock=lock,
    )


def _launch_on_port(
    cluster: Cluster, programs: PostgresPrograms, port: int | None, *, durable: bool
) -> tuple[int, subprocess.Popen[bytes]]:
    for _ in range(_PORT_TRIES):
        chosen = port or free_port()
        if not is_port_free(chosen):
            raise ServerPortTaken(_NAME, chosen)
        process = _launch(cluster, programs, chosen, durable=durable)
        if wait_until(lambda p=chosen: postgres_answers(p, SUPERUSER), process, _START_SECONDS):
            return chosen, process
        has_lost_port = process.poll() is not None and not is_port_free(chosen)
        stop(process, signal.SIGQUIT, _STOP_SECONDS)
        if not has_lost_port:
            break
    raise ServerDidNotStart(_NAME, "did not start", cluster.log)


def _launch(cluster: Cluster, programs: PostgresPrograms, port: int, *, durable: bool) -> subprocess.Popen[bytes]:
    settings = [*_SETTINGS, *(() if durable else _FAST_BUT_LOSSY), f"port={port}"]
    command = [str(programs.bin / "postgres"), "-D", str(cluster.folder)]
    for setting in settings:
        command += ["-c", setting]
    launch = Launch(
        command=command,
        environment=clusters.server_environment(programs),
        log=cluster.log,
        folder=Path("/"),
        parent_death_signal=signal.SIGINT,
        account=cluster.account,
    )
    return start(launch)
