import os
import signal
import socket
import stat
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from cli.embedded.errors import ServerDidNotStart, ServerInUse, ServerPortTaken
from cli.embedded.redis import start_redis
from cli.embedded.servers import embedded_servers, start_servers
from cli.processes.inspection import is_port_free


def test_a_durable_server_keeps_its_keys_and_never_evicts(tmp_path: Path) -> None:
    first = start_redis(tmp_path, durable=True)
    with Redis.from_url(first.url_of(2)) as client:
        client.set("session", "kept")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
    first.stop()

    second = start_redis(tmp_path, durable=True)

    try:
        with Redis.from_url(second.url_of(2)) as client:
            assert client.get("session") == b"kept"
    finally:
        second.stop()
    assert not second.is_running()


def test_nobody_connects_without_the_password(tmp_path: Path) -> None:
    server = start_redis(tmp_path, durable=False)

    try:
        with Redis(host=server.host, port=server.port) as client, pytest.raises(AuthenticationError):
            client.ping()
        assert stat.S_IMODE((tmp_path / "redis.conf").stat().st_mode) == 0o600
        assert server.password not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
    finally:
        server.stop()


def test_a_killed_server_starts_again(tmp_path: Path) -> None:
    server = start_redis(tmp_path, durable=True)
    server.process.send_signal(signal.SIGKILL)
    server.stop()

    again = start_redis(tmp_path, durable=True)

    again.stop()
    assert again.port != 0


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ServerPortTaken, match=f"^port {port}, which Redis needs, is taken"):
            start_redis(tmp_path, port, durable=False)


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    server = start_redis(tmp_path, durable=False)

    try:
        with pytest.raises(ServerInUse, match=f"process {os.getpid()}"):
            start_redis(tmp_path, durable=False)
    finally:
        server.stop()


def test_broken_data_are_reported_in_one_line(tmp_path: Path) -> None:
    first = start_redis(tmp_path, durable=True)
    with Redis.from_url(first.url) as client:
        client.set("key", "value")
    first.stop()
    manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")

    with pytest.raises(ServerDidNotStart) as refusal:
        start_redis(tmp_path, durable=True)

    assert str(refusal.value).startswith("Redis did not start: ")
    assert "\n" not in str(refusal.value)


def test_if_one_of_the_pair_cannot_start_the_other_is_stopped(servers_folder: Path) -> None:
    folder = servers_folder / "pair"
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(ServerPortTaken):
            start_servers(folder, redis_port=other.getsockname()[1], durable=False)

        assert not (folder / "postgres" / "cluster" / "postmaster.pid").exists()


def test_the_pair_is_stopped_at_the_end_of_the_block(servers_folder: Path) -> None:
    with embedded_servers(servers_folder / "block", durable=False) as servers:
        ports = (servers.postgres.port, servers.redis.port)

    assert [is_port_free(port) for port in ports] == [True, True]
