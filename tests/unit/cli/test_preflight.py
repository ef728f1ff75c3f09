import os
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.ports import Ports
from cli.preflight import needed_ports, require_disk, require_ports, take_lock
from cli.processes.lock import ProcessLock, lock_holder
from cli.product import Selection, Surroundings, product_programs
from cli.state import StateFolder


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    monkeypatch.setenv("RETAILFLOW_STATE_FOLDER", str(tmp_path / "state"))
    return StateFolder.open()


def test_an_almost_full_disk_is_refused_with_what_is_free(tmp_path: Path):
    with pytest.raises(CommandError) as refusal:
        require_disk(tmp_path, lambda _folder: 12_345_678)

    assert str(refusal.value) == (
        f"the disk is almost full: 12 MB are free at {tmp_path}, 500 MB are needed: free some space"
    )


def test_a_disk_with_room_is_accepted(tmp_path: Path):
    asked: list[Path] = []

    require_disk(tmp_path, lambda folder: asked.append(folder) or 500_000_000)

    assert asked == [tmp_path]


@pytest.mark.parametrize(
    ("taken", "message"),
    [
        ({8000}, "port 8000 (web BFF) is taken by another program"),
        ({8000, 4000}, "ports 8000 (web BFF), 4000 (router) are taken by another program"),
    ],
)
def test_taken_ports_are_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch, taken: set[int], message: str):
    monkeypatch.setattr("cli.preflight.is_port_free", lambda port: port not in taken)

    with pytest.raises(CommandError) as refusal:
        require_ports({"web BFF": 8000, "router": 4000, "mail-sink": 8025})

    assert str(refusal.value) == f"{message}: stop it, or move ours with `./retailflow up --port-base 9000`"


def test_the_needed_ports_are_those_of_the_programs_and_of_fixed_servers():
    ports = Ports.from_base(9000)

    assert needed_ports(product_programs(ports, None, Surroundings()), ports) == {
        "PostgreSQL": 9005,
        "Redis": 9006,
        "identity-provider": 9002,
        "payment-sandbox": 9003,
        "mail-sink": 9004,
        "router": 9001,
        "web BFF": 9000,
        "POS BFF": 9008,
        "worker": 9007,
    }


def test_only_some_parts_need_only_their_ports():
    ports = Ports()
    programs = product_programs(ports, Selection.of("catalog"), Surroundings(has_identity_provider=False))

    assert needed_ports(programs, ports) == {"payment-sandbox": 8082, "mail-sink": 8025, "catalog": 4102}


def test_a_second_start_says_who_runs(state: StateFolder):
    lock = take_lock(state, print)

    with pytest.raises(CommandError, match=rf"^already running: process {os.getpid()} \(.*\); stop it with "):
        take_lock(state, print)
    lock.release()


def test_a_stale_lock_is_taken_over_and_told_in_one_line(state: StateFolder):
    state.lock.write_text("4194304\n")
    told: list[str] = []

    lock = take_lock(state, told.append)

    assert told == ["the last run (process 4194304) ended without cleaning up: its lock was stale and is removed"]
    assert lock_holder(state.lock) == os.getpid()
    lock.release()
    assert lock_holder(state.lock) is None


def test_a_lock_file_naming_another_living_program_does_not_hold_anybody_up(state: StateFolder):
    state.lock.write_text(f"{os.getppid()}\n")

    lock = ProcessLock.acquire(state.lock)

    assert lock.stale_holder == os.getppid()
    lock.release()


def test_a_released_lock_is_not_stale(state: StateFolder):
    take_lock(state, print).release()
    told: list[str] = []

    take_lock(state, told.append).release()

    assert told == []
