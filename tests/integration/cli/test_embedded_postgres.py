import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from cli.embedded.account import can_reach, unprivileged_account
from cli.embedded.errors import ServerDidNotStart, ServerInUse, ServerPortTaken
from cli.embedded.postgres import PostgresServer, start_postgres
from cli.embedded.programs import PostgresPrograms, machine_postgres, wheel_postgres
from cli.errors import CommandError
from cli.processes.inspection import free_port, is_alive, wait_for_end


async def _ask(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(server.superuser_dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def _tell(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.superuser_dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def home(servers_folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=servers_folder))


@pytest.fixture
def open_home(home: Path) -> Path:
    home.chmod(0o711)
    return home


def _installations() -> list[PostgresPrograms]:
    wheel = wheel_postgres()
    return [*machine_postgres(), *([wheel] if wheel else [])]


@pytest.mark.parametrize("programs", _installations(), ids=lambda programs: f"{programs.origin}-{programs.major}")
async def test_every_installation_keeps_rows_between_runs_and_writes_them_safely(
    open_home: Path, programs: PostgresPrograms
) -> None:
    first = start_postgres(open_home, durable=True, programs=programs)
    await _tell(first, "CREATE TABLE kept AS SELECT 'é' AS word")
    first.stop()

    second = start_postgres(open_home, durable=True, programs=programs)
    try:
        assert await _ask(second, "SELECT upper(word) FROM kept") == "É"
        assert second.password == first.password
        assert await _ask(second, "SELECT current_setting('fsync')") == "on"
        assert await _ask(second, "SELECT current_setting('full_page_writes')") == "on"
        assert await _ask(second, "SELECT current_setting('listen_addresses')") == "127.0.0.1"
        assert await _ask(second, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'") == 1
    finally:
        second.stop()
    assert not second.is_running()


async def test_nobody_logs_in_without_the_password(open_home: Path) -> None:
    server = start_postgres(open_home, durable=False)

    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host=server.host, port=server.port, user="postgres", password="postgres")
        assert stat.S_IMODE((open_home / "superuser.password").stat().st_mode) == 0o600
        assert server.password not in (open_home / "server.log").read_text()
    finally:
        server.stop()


async def test_a_killed_server_starts_again_with_its_committed_rows(open_home: Path) -> None:
    server = start_postgres(open_home, durable=True)
    await _tell(server, "CREATE TABLE kept AS SELECT 7 AS number")
    server.process.send_signal(signal.SIGKILL)
    server.stop()
    assert (server.folder / "postmaster.pid").is_file()

    again = start_postgres(open_home, durable=True)

    try:
        assert await _ask(again, "SELECT number FROM kept") == 7
    finally:
        again.stop()


async def test_a_process_id_of_another_program_in_the_pid_file_does_not_stop_the_start(open_home: Path) -> None:
    start_postgres(open_home, durable=False).stop()
    pid_file = open_home / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{open_home / 'cluster'}\n0\n5432\n\n127.0.0.1\n")

    server = start_postgres(open_home, durable=False)

    try:
        assert await _ask(server, "SELECT 1") == 1
    finally:
        server.stop()
    assert is_alive(os.getpid())


async def test_a_server_that_outlived_its_starter_is_stopped_and_replaced(open_home: Path) -> None:
    server = start_postgres(open_home, durable=True)
    # what a killed starter leaves where children do not die with their parent
    server.lock.release()

    again = start_postgres(open_home, durable=True)

    try:
        assert not server.is_running()
        assert await _ask(again, "SELECT 1") == 1
    finally:
        again.stop()


def test_a_second_start_on_the_same_folder_names_the_process_that_has_it(open_home: Path) -> None:
    server = start_postgres(open_home, durable=False)

    try:
        with pytest.raises(ServerInUse, match=rf"^PostgreSQL .* already run by process {os.getpid()}: stop it first$"):
            start_postgres(open_home, durable=False)
        assert server.is_running()
    finally:
        server.stop()


def test_a_taken_port_is_named_in_one_line_and_the_data_stay_usable(open_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ServerPortTaken) as refusal:
            start_postgres(open_home, port, durable=False)

    assert str(refusal.value) == (
        f"port {port}, which PostgreSQL needs, is taken by another program: stop it, or move ours with --port-base"
    )
    server = start_postgres(open_home, port, durable=False)
    server.stop()
    assert server.port == port


def test_a_broken_data_folder_is_reported_with_the_last_line_of_the_log(open_home: Path) -> None:
    start_postgres(open_home, durable=False).stop()
    (open_home / "cluster" / "global" / "pg_control").unlink()

    with pytest.raises(ServerDidNotStart) as refusal:
        start_postgres(open_home, durable=False)

    assert "\n" not in str(refusal.value)
    assert "pg_control" in str(refusal.value)


def test_a_lost_password_is_reported_rather_than_replaced(open_home: Path) -> None:
    start_postgres(open_home, durable=False).stop()
    (open_home / "superuser.password").unlink()

    with pytest.raises(CommandError, match=r"superuser\.password is missing"):
        start_postgres(open_home, durable=False)


def test_an_interrupted_first_start_is_done_again(open_home: Path) -> None:
    half_made = open_home / "cluster.unfinished"
    half_made.mkdir()
    (half_made / "base").touch()

    start_postgres(open_home, durable=False).stop()

    assert not half_made.exists()
    assert (open_home / "cluster" / "PG_VERSION").is_file()


_STARTER = """
import sys
from pathlib import Path
from cli.embedded.postgres import start_postgres
server = start_postgres(Path(sys.argv[1]), durable=True)
print(server.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux only")
def test_the_server_ends_when_its_starter_is_killed(open_home: Path) -> None:
    command = [sys.executable, "-c", _STARTER, str(open_home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        server_pid = int(starter.stdout.readline())

        starter.kill()

    assert wait_for_end(server_pid, 30)
    assert not (open_home / "cluster" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for PostgreSQL")
async def test_data_move_to_a_place_of_the_system_when_the_account_cannot_reach_the_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, servers_folder: Path
) -> None:
    elsewhere = servers_folder / "system"
    monkeypatch.setattr("cli.embedded.cluster._RELOCATED", elsewhere)
    account = unprivileged_account()
    assert account is not None
    assert not can_reach(account, home / "cluster")
    wheel = wheel_postgres()

    first = start_postgres(home / "postgres", durable=False, programs=wheel)
    await _tell(first, "CREATE TABLE kept AS SELECT 3 AS number")
    first.stop()
    second = start_postgres(home / "postgres", free_port(), durable=False, programs=wheel)

    try:
        assert second.folder == first.folder
        assert second.folder.is_relative_to(elsewhere)
        assert await _ask(second, "SELECT number FROM kept") == 3
    finally:
        second.stop()
