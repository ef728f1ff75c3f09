import subprocess
import sys
from pathlib import Path

import pytest

from cli.ports import Ports
from cli.preflight import end_leftovers
from cli.state import RunningProduct, StateFolder

_WAITING = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    monkeypatch.setenv("RETAILFLOW_STATE_FOLDER", str(tmp_path / "state"))
    return StateFolder.open()


def _waiting(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-S", "-c", _WAITING, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_of_a_killed_run_are_ended_and_strangers_with_their_ids_are_not(state: StateFolder) -> None:
    with _waiting("-m", "cli.process", "router") as ours, _waiting("editor") as stranger:
        processes = {"router": ours.pid, "worker": stranger.pid, "app": 4_194_304}
        state.write_running(RunningProduct(1, Ports(), {}, processes))

        end_leftovers(state)

        assert ours.wait(timeout=10) < 0
        assert stranger.poll() is None
        stranger.kill()


def test_without_an_earlier_run_there_is_nothing_to_end(state: StateFolder) -> None:
    end_leftovers(state)

    assert state.read_running() is None
