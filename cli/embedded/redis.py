"""One Redis-compatible server as a child process, listening on loopback TCP only, with a random password."""

import secrets
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.embedded.errors import ServerDidNotStart, ServerInUse, ServerPortTaken
from cli.embedded.programs import RedisProgram, find_redis
from cli.embedded.readiness import redis_answers, wait_until
from cli.private_file import write_private
from cli.processes.child import Launch, start, stop
from cli.processes.inspection import LOOPBACK, free_port, is_port_free
from cli.processes.lock import LockHeld, ProcessLock

_NAME: Final = "Redis"
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0
_PORT_TRIES: Final = 3
# queues and sessions must not be evicted: a full memory is an error the caller sees
_SETTINGS: Final = (
    f"bind {LOOPBACK}",
    "protected-mode yes",
    "daemonize no",
    "databases 16",
    "maxmemory-policy noeviction",
    'save ""',
    "tcp-keepalive 60",
    'logfile ""',
)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server. `origin` tells where its program comes from, `machine` or `wheel`."""

    host: str
    port: int
    password: str
    version: str
    origin: str
    log: Path
    process: subprocess.Popen[bytes]
    lock: ProcessLock

    @property
    def url(self) -> str:
        """Database 0."""
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        """The URL of a numbered database, 0 to 15."""
        return f"redis://:{self.password}@{self.host}:{self.port}/{database}"

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Write everything down and end. Twice is harmless."""
        stop(self.process, signal.SIGTERM, _STOP_SECONDS)
        self.lock.release()


def start_redis(
    home: Path, port: int | None = None, *, durable: bool, program: RedisProgram | None = None
) -> RedisServer:
    """Start the server of the folder `home` and return when it has loaded its data.

    Args:
        home: keeps the append-only file, the configuration with the random password, and the log.
        port: None picks a free one.
        durable: False keeps nothing on disk; for tests only.
        program: None finds it (see `cli.embedded.programs`).

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
        found = program or find_redis()
        password = secrets.token_urlsafe(32)
        used_port, process = _launch_on_port(home, found, port, password, durable=durable)
    except BaseException:
        lock.release()
        raise
    return RedisServer(
        host=LOOPBACK,
        port=used_port,
        password=password,
        version=found.version,
        origin=found.origin,
        log=home / "server.log",
        process=process,
        lock=lock,
    )


def _launch_on_port(
    home: Path, program: RedisProgram, port: int | None, password: str, *, durable: bool
) -> tuple[int, subprocess.Popen[bytes]]:
    log = home / "server.log"
    for _ in range(_PORT_TRIES):
        chosen = port or free_port()
        if not is_port_free(chosen):
            raise ServerPortTaken(_NAME, chosen)
        # in a file of ours: command lines are public on the machine
        configuration = home / "redis.conf"
        write_private(configuration, _configuration(home, chosen, password, durable=durable))
        process = start(Launch([str(program.path), str(configuration)], {"LC_ALL": "C", "TZ": "UTC"}, log, home))
        if wait_until(lambda p=chosen: redis_answers(p, password), process, _START_SECONDS):
            return chosen, process
        has_lost_port = process.poll() is not None and not is_port_free(chosen)
        stop(process, signal.SIGTERM, _STOP_SECONDS)
        if not has_lost_port:
            break
    raise ServerDidNotStart(_NAME, "did not start", log)


def _configuration(home: Path, port: int, password: str, *, durable: bool) -> str:
    durability = ("appendonly yes", "appendfsync everysec") if durable else ("appendonly no",)
    own = (f"port {port}", f'dir "{home}"', f"requirepass {password}")
    return "\n".join((*_SETTINGS, *durability, *own, ""))
