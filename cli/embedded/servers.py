"""Both embedded servers together: what `retailflow up` and the tests start."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.postgres import PostgresServer, start_postgres
from cli.embedded.redis import RedisServer, start_redis


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The running pair."""

    postgres: PostgresServer
    redis: RedisServer

    def stop(self) -> None:
        """Stop both."""
        try:
            self.redis.stop()
        finally:
            self.postgres.stop()


def start_servers(
    folder: Path, *, postgres_port: int | None = None, redis_port: int | None = None, durable: bool
) -> EmbeddedServers:
    """Start both under `folder`; neither is left running if one fails.

    Raises:
        CommandError: one line that says what is wrong.
    """
    postgres = start_postgres(folder / "postgres", postgres_port, durable=durable)
    try:
        redis = start_redis(folder / "redis", redis_port, durable=durable)
    except BaseException:
        postgres.stop()
        raise
    return EmbeddedServers(postgres, redis)


@contextmanager
def embedded_servers(
    folder: Path, *, postgres_port: int | None = None, redis_port: int | None = None, durable: bool
) -> Generator[EmbeddedServers]:
    """Both servers for the length of the block."""
    servers = start_servers(folder, postgres_port=postgres_port, redis_port=redis_port, durable=durable)
    try:
        yield servers
    finally:
        servers.stop()
